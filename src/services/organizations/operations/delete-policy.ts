import { AwsError } from "../../../base/errors.ts";
import { required, structure } from "../../../shape/shape.ts";
import { targetsWith } from "../model/attachments.ts";
import * as member from "../model/members.ts";
import { ownPolicy } from "../model/policies.ts";
import { changeTo, defineOperation } from "../operation.ts";

/** Deletes a policy that is attached to nothing. */
export const deletePolicy = defineOperation({
  name: "DeletePolicy",
  readOnly: false,
  input: structure({ PolicyId: required(member.policyId) }),
  keys: {
    policy: {
      role: "policy",
      locate: ({ PolicyId }) => PolicyId,
      action: "organizations:DeletePolicy",
      crossAccount: false,
    },
  },
  audit: { request: ["PolicyId"] },

  handle({ keys: { policy: thing } }) {
    const { organization, id } = thing;
    const policy = ownPolicy(organization, id);
    if (targetsWith(organization, id).length > 0)
      throw new AwsError(
        "PolicyInUseException",
        "The policy is attached to one or more entities. You must detach it from all roots, OUs, and accounts before performing this operation.",
      );
    const { [id]: _gone, ...tags } = organization.tags;
    const policies = organization.policies.filter((each) => each !== policy);
    return { output: undefined, change: changeTo({ ...organization, policies, tags }, thing) };
  },
});
