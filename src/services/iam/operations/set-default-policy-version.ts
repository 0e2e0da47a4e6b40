import { required, structure } from "../../../shape/shape.ts";
import { requireVersion } from "../managed-policies.ts";
import * as member from "../model/members.ts";
import { defineOperation, found } from "../operation.ts";
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
    },
  },
  audit: { request: ["PolicyArn", "VersionId"] },

  handle({ input, keys: { policy: thing }, context: { time } }) {
    const policy = found(thing);
    const { id } = requireVersion(policy, input.VersionId);
    const next = { ...policy, defaultVersionId: id, updatedAt: time };
    return { output: undefined, change: replaceEntity("policy", policy, next, thing.domain) };
  },
});
