import { quotaExceeded } from "./refusals.ts";

/** AWS's quotas, by the names that its refusals give them. */
export const quotas = {
  AccessKeysPerUser: 2,
  GroupsPerAccount: 300,
  GroupsPerUser: 10,
  PoliciesPerAccount: 1_500,
  PoliciesPerGroup: 10,
  PoliciesPerRole: 10,
  PoliciesPerUser: 10,
  RolesPerAccount: 1_000,
  UsersPerAccount: 5_000,
  VersionsPerPolicy: 5,
} as const;

/** Most characters of policy documents, not counting white space; inline policies of one entity all together. */
export const policySizes = {
  group: 5_120,
  managed: 6_144,
  role: 10_240,
  trust: 2_048,
  user: 2_048,
} as const;

/** Refuses one more where a quota is used up. */
export function requireRoom(quota: keyof typeof quotas, used: number): void {
  if (used >= quotas[quota]) throw quotaExceeded(quota, quotas[quota]);
}
