import type { AnyOperation } from "../../api/operation.ts";
import { attachPolicy } from "./operations/attach-policy.ts";
import { createAccount } from "./operations/create-account.ts";
import { createOrganization } from "./operations/create-organization.ts";
import { createPolicy } from "./operations/create-policy.ts";
import { deleteOrganization } from "./operations/delete-organization.ts";
import { deletePolicy } from "./operations/delete-policy.ts";
import { describeAccount } from "./operations/describe-account.ts";
import { describeCreateAccountStatus } from "./operations/describe-create-account-status.ts";
import { describeOrganization } from "./operations/describe-organization.ts";
import { describePolicy } from "./operations/describe-policy.ts";
import { detachPolicy } from "./operations/detach-policy.ts";
import { disablePolicyType } from "./operations/disable-policy-type.ts";
import { enablePolicyType } from "./operations/enable-policy-type.ts";
import { listAccounts } from "./operations/list-accounts.ts";
import { listChildren } from "./operations/list-children.ts";
import { listCreateAccountStatus } from "./operations/list-create-account-status.ts";
import { listParents } from "./operations/list-parents.ts";
import { listPolicies } from "./operations/list-policies.ts";
import { listPoliciesForTarget } from "./operations/list-policies-for-target.ts";
import { listRoots } from "./operations/list-roots.ts";
import { listTagsForResource } from "./operations/list-tags-for-resource.ts";
import { listTargetsForPolicy } from "./operations/list-targets-for-policy.ts";
import { tagResource } from "./operations/tag-resource.ts";
import { untagResource } from "./operations/untag-resource.ts";
import { updatePolicy } from "./operations/update-policy.ts";

/** Every operation of the service. To add one: its file, its test, one line here. */
export const operations: readonly AnyOperation[] = [
  attachPolicy,
  createAccount,
  createOrganization,
  createPolicy,
  deleteOrganization,
  deletePolicy,
  describeAccount,
  describeCreateAccountStatus,
  describeOrganization,
  describePolicy,
  detachPolicy,
  disablePolicyType,
  enablePolicyType,
  listAccounts,
  listChildren,
  listCreateAccountStatus,
  listParents,
  listPolicies,
  listPoliciesForTarget,
  listRoots,
  listTagsForResource,
  listTargetsForPolicy,
  tagResource,
  untagResource,
  updatePolicy,
];
