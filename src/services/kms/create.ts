import { kmsArn } from "../../base/arn.ts";
import type { StoredMaterial } from "../../keystore/keystore.ts";
import type { KmsKey } from "./model/key.ts";
import { keyAggregate } from "./model/key.ts";

/** A customer managed symmetric key around its first material, as it is before it was ever stored. */
export function newKey(
  { domain, keyId, keySpec, materialId, wrapped }: StoredMaterial,
  given: Pick<KmsKey, "createdAt" | "policy" | "description" | "tags">,
): KmsKey {
  const { account, region } = domain.id;
  return {
    ...given,
    account,
    region,
    keyId,
    arn: kmsArn(region, account, `key/${keyId}`),
    version: { aggregate: keyAggregate(account, region, keyId), version: 1 },
    domain,
    spec: keySpec,
    usage: "ENCRYPT_DECRYPT",
    origin: "AWS_KMS",
    manager: "CUSTOMER",
    state: "Enabled",
    currentMaterialId: materialId,
    materials: [{ materialId, generation: 0, createdAt: given.createdAt, wrapped }],
    aliases: [],
    grants: [],
  };
}
