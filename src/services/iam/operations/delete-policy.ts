import { AwsError } from "../../../base/errors.ts";
import { joinChanges } from "../../../database/commit.ts";
import { required, structure } from "../../../shape/shape.ts";
import * as member from "../model/members.ts";
import { defineOperation, found } from "../operation.ts";
import { countUses, listHolders } from "../policy-uses.ts";
import { deleteEntity } from "../tables/changes.ts";
import { unlessAttached } from "../tables/references.ts";

/** Deletes a managed policy of the account that nothing uses any more. */
export const deletePolicy = defineOperation({
  name: "DeletePolicy",
  readOnly: false,
  input: structure({ PolicyArn: required(member.arn) }),
  keys: {
    policy: {
      kind: "policy",
      locate: ({ PolicyArn }) => PolicyArn,
      action: "iam:DeletePolicy",
      crossAccount: false,
    },
  },
  audit: { request: ["PolicyArn"] },

  async handle({ input: { PolicyArn }, keys: { policy: thing }, context: { account }, tools }) {
    const policy = found(thing);
    const { attached, bounding } = countUses(await listHolders(account, tools))(PolicyArn);
    if (attached + bounding > 0)
      throw new AwsError("DeleteConflictException", "Cannot delete a policy attached to entities.");
    if (policy.versions.length > 1)
      throw new AwsError(
        "DeleteConflictException",
        "This policy has more than one version. Before you delete a policy, you must delete the policy's versions. The default version is deleted with the policy.",
      );
    const free = { writes: unlessAttached(account, PolicyArn), versions: [] };
    const change = joinChanges([free, deleteEntity("policy", policy, thing.domain)]);
    return { output: undefined, change };
  },
});
