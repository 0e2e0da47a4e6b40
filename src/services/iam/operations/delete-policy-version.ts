import { AwsError } from "../../../base/errors.ts";
import { required, structure } from "../../../shape/shape.ts";
import { requireVersion } from "../managed-policies.ts";
import * as member from "../model/members.ts";
import { defineOperation } from "../operation.ts";
import { replaceEntity } from "../tables/changes.ts";

/** Deletes a version of a managed policy that is not the one in force. */
export const deletePolicyVersion = defineOperation({
  name: "DeletePolicyVersion",
  readOnly: false,
  input: structure({
    PolicyArn: required(member.arn),
    VersionId: required(member.policyVersionId),
  }),
  keys: {
    policy: {
      kind: "policy",
      locate: ({ PolicyArn }) => PolicyArn,
      action: "iam:DeletePolicyVersion",
      crossAccount: false,
    },
  },
  audit: { request: ["PolicyArn", "VersionId"] },

  handle({ input, keys: { policy: thing } }) {
    const { policy, version } = requireVersion(thing, input.VersionId);
    if (version.id === policy.defaultVersionId)
      throw new AwsError(
        "DeleteConflictException",
        "Cannot delete the default version of a policy.",
      );
    const versions = policy.versions.filter((each) => each.id !== version.id);
    const next = { ...policy, versions };
    return { output: undefined, change: replaceEntity("policy", policy, next, thing.domain) };
  },
});
