import { integer, list, required, string, structure } from "../../../shape/shape.ts";
import { policySizes, quotas } from "../model/quotas.ts";
import type { IamTools } from "../operation.ts";
import { defineOperation } from "../operation.ts";

/** The query protocol writes a map as its entries. */
const summaryMap = structure({
  entry: required(list(structure({ key: required(string()), value: required(integer()) }))),
});

/** Counts what the account has, beside how much of it it may have. */
export const getAccountSummary = defineOperation({
  name: "GetAccountSummary",
  readOnly: true,
  input: structure({}),
  output: structure({ SummaryMap: required(summaryMap) }),
  identity: [{ action: "iam:GetAccountSummary", resource: () => "*" }],
  keys: {},
  audit: { request: [] },

  async handle({ context: { account }, tools }) {
    const summary = { ...(await usage(account, tools)), ...allowances };
    const entry = Object.entries(summary).map(([key, value]) => ({ key, value }));
    return { output: { SummaryMap: { entry } } };
  },
});

async function usage(account: string, { identities }: IamTools) {
  const [users, groups, roles, providers, policies, root] = await Promise.all([
    identities.count("user", account),
    identities.count("group", account),
    identities.count("role", account),
    identities.count("provider", account),
    identities.list("policy", account),
    identities.find("user", account, ""),
  ]);
  return {
    Users: users,
    Groups: groups,
    Roles: roles,
    Providers: providers,
    Policies: policies.length,
    PolicyVersionsInUse: policies.reduce((sum, { versions }) => sum + versions.length, 0),
    AccountAccessKeysPresent: (root?.accessKeys.length ?? 0) > 0 ? 1 : 0,
    AccountPasswordPresent: root?.login === undefined ? 0 : 1,
  };
}

/** Quotas, and what there is nothing of here. */
const allowances = {
  UsersQuota: quotas.UsersPerAccount,
  GroupsQuota: quotas.GroupsPerAccount,
  RolesQuota: quotas.RolesPerAccount,
  PoliciesQuota: quotas.PoliciesPerAccount,
  PolicyVersionsInUseQuota: 10_000,
  VersionsPerPolicyQuota: quotas.VersionsPerPolicy,
  GroupsPerUserQuota: quotas.GroupsPerUser,
  AccessKeysPerUserQuota: quotas.AccessKeysPerUser,
  AttachedPoliciesPerUserQuota: quotas.PoliciesPerUser,
  AttachedPoliciesPerGroupQuota: quotas.PoliciesPerGroup,
  AttachedPoliciesPerRoleQuota: quotas.PoliciesPerRole,
  UserPolicySizeQuota: policySizes.user,
  GroupPolicySizeQuota: policySizes.group,
  RolePolicySizeQuota: policySizes.role,
  PolicySizeQuota: policySizes.managed,
  AssumeRolePolicySizeQuota: policySizes.trust,
  AccountMFAEnabled: 0,
  AccountSigningCertificatesPresent: 0,
  MFADevices: 0,
  MFADevicesInUse: 0,
  InstanceProfiles: 0,
  ServerCertificates: 0,
};
