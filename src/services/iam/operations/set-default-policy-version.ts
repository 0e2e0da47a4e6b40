import { required, structure } from "../../../shape/shape.ts";
import { requireVersion } from "../managed-policies.ts";
import * as member from "../model/members.ts";
import { defineOperation } from "../operation.ts";
import { replaceEntity } from "../tables/changes.ts";

/** Brings a version of a managed policy into force. */
export const setDefaultPolicyVersion = defineOperation({
  name: "SetDefaultPolicyVersion",
  readOnly: false,
  input: structure({
    PolicyArn: required(member.arn),
    VersionId: required(member.policyVersionId),
  }),
  keys: {
    policy: {
      kind: "policy",
      locate: ({ PolicyArn }) => PolicyArn,
      action: "iam:SetDefaultPolicyVersion",
      crossAccount: false,
      handlerRequires: true,
    },
  },
  audit: { request: ["PolicyArn", "VersionId"] },

  handle({ input, keys: { policy: thing }, context: { time } }) {
    const { policy, version } = requireVersion(thing, input.VersionId);
    const next = { ...policy, defaultVersionId: version.id, updatedAt: time };
    return { output: undefined, change: replaceEntity("policy", policy, next, thing.domain) };
  },
});
