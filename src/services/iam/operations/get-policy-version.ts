import { required, structure } from "../../../shape/shape.ts";
import { requireVersion, versionAnswer, versionShape } from "../managed-policies.ts";
import * as member from "../model/members.ts";
import { defineOperation } from "../operation.ts";

/** Returns a version of a managed policy with its document. */
export const getPolicyVersion = defineOperation({
  name: "GetPolicyVersion",
  readOnly: true,
  input: structure({
    PolicyArn: required(member.arn),
    VersionId: required(member.policyVersionId),
  }),
  output: structure({ PolicyVersion: required(versionShape) }),
  keys: {
    policy: {
      kind: "policy",
      locate: ({ PolicyArn }) => PolicyArn,
      action: "iam:GetPolicyVersion",
      crossAccount: true,
      handlerRequires: true,
    },
  },
  audit: { request: ["PolicyArn", "VersionId"] },

  handle({ input, keys: { policy: thing } }) {
    const { policy, version } = requireVersion(thing, input.VersionId);
    return { output: { PolicyVersion: versionAnswer(policy, version) } };
  },
});
