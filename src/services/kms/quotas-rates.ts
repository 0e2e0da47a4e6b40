import type { KeySpec } from "../../crypto/key-spec.ts";
import { keySpecs } from "../../crypto/key-spec.ts";

/** AWS's request quotas in calls a second, for each account in each region (facts 16.2). */

const symmetricRates: readonly (readonly [rate: number, regions: readonly string[]])[] = [
  [100_000, ["us-east-1", "us-west-2", "eu-west-1"]],
  [
    20_000,
    [
      "us-east-2",
      "ap-southeast-1",
      "ap-southeast-2",
      "ap-northeast-1",
      "eu-central-1",
      "eu-west-2",
    ],
  ],
];
const symmetricElsewhere = 10_000;

const managementRates: readonly (readonly [rate: number, operations: readonly string[]])[] = [
  [2_000, ["DescribeKey", "GetPublicKey", "ListResourceTags"]],
  [1_000, ["GetKeyPolicy", "GetKeyRotationStatus"]],
  [500, ["ListAliases", "ListKeys"]],
  [100, ["ListGrants", "ListKeyPolicies", "ListKeyRotations", "ListRetirableGrants"]],
  [50, ["CreateGrant", "RetireGrant", "RevokeGrant"]],
  [
    15,
    [
      "DeleteAlias",
      "DeleteImportedKeyMaterial",
      "EnableKeyRotation",
      "ImportKeyMaterial",
      "PutKeyPolicy",
      "ScheduleKeyDeletion",
    ],
  ],
  [10, ["TagResource"]],
  [
    5,
    [
      "CancelKeyDeletion",
      "ConnectCustomKeyStore",
      "CreateAlias",
      "CreateCustomKeyStore",
      "CreateKey",
      "DeleteCustomKeyStore",
      "DescribeCustomKeyStores",
      "DisableKey",
      "DisableKeyRotation",
      "DisconnectCustomKeyStore",
      "EnableKey",
      "GetKeyLastUsage",
      "ReplicateKey",
      "RotateKeyOnDemand",
      "UntagResource",
      "UpdateAlias",
      "UpdateCustomKeyStore",
      "UpdateKeyDescription",
      "UpdatePrimaryRegion",
    ],
  ],
  [1, ["GetParametersForImport"]],
];

/** Pairs cost what their generation costs; in China those of RSA keys have quotas of their own. */
const pairRates: Readonly<Record<string, number>> = {
  RSA_2048: 20,
  RSA_3072: 4,
  RSA_4096: 1,
  SM2: 25,
};
const chinesePairRates: Readonly<Record<string, number>> = {
  ...pairRates,
  RSA_2048: 1,
  RSA_3072: 0.5,
  RSA_4096: 0.1,
};
const curvePairRate = 100;
const asymmetricRate = 1_000;

/** The slowest of all rates. */
export const slowestRate = 0.1;

/** A quota: the calls that count together, and how many of them a second are answered. */
export interface Quota {
  readonly name: string;
  readonly rate: number;
}

const spread = (
  rows: readonly (readonly [number, readonly string[]])[],
): ReadonlyMap<string, number> =>
  new Map(rows.flatMap(([rate, names]) => names.map((each) => [each, rate] as const)));

const symmetricByRegion = spread(symmetricRates);
const management: ReadonlyMap<string, Quota> = new Map(
  [...spread(managementRates)].map(([name, rate]) => [name, { name, rate }]),
);

/** The quota of an operation that manages keys; undefined for those that count by the key or by what they make. */
export function managementQuota(operation: string): Quota | undefined {
  return management.get(operation);
}

/** The quota that all symmetric cryptography of a region shares. */
export function symmetricQuota(region: string): Quota {
  return { name: "symmetric", rate: symmetricByRegion.get(region) ?? symmetricElsewhere };
}

/** The quota that the operations on keys of one kind share. */
export function keyQuota(spec: KeySpec, region: string): Quota {
  if (keySpecs[spec].keyType !== "asymmetric") return symmetricQuota(region);
  return { name: familyOf(spec), rate: asymmetricRate };
}

/** Elliptic curves and SM2 share one. */
function familyOf(spec: KeySpec): string {
  return ["RSA", "ML_DSA", "ML_KEM"].find((family) => spec.startsWith(family)) ?? "ECC";
}

/** The quota of data key pairs of one spec. */
export function pairQuota(spec: string, region: string): Quota {
  const rates = region.startsWith("cn-") ? chinesePairRates : pairRates;
  return { name: `pairs ${spec}`, rate: rates[spec] ?? curvePairRate };
}

/** The quota of a custom key store, whoever uses its keys. */
export function storeQuota(storeId: string): Quota {
  return { name: storeId, rate: 1_800 };
}
