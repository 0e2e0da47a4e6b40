import { partitionOf } from "../../base/arn.ts";
import { AwsError } from "../../base/errors.ts";
import type { Domain } from "../../keystore/domain.ts";
import { newKeyWithoutMaterial } from "./create.ts";
import type { KmsKey, Material, MultiRegion } from "./model/key.ts";
import { storedMaterial } from "./model/material.ts";
import type { KmsTools } from "./operation.ts";
import { regionsOf } from "./relatives.ts";

/** Refuses a region in which a key cannot have a replica. */
export function refuseReplicaRegion(key: KmsKey, region: string, { regions }: KmsTools): void {
  if (key.multiRegion !== undefined && regionsOf(key.multiRegion).includes(region))
    throw new AwsError(
      "AlreadyExistsException",
      `The multi-Region key ${key.keyId} already exists in ${region}.`,
    );
  if (partitionOf(region) !== partitionOf(key.region))
    throw new AwsError(
      "UnsupportedOperationException",
      `A key in ${key.region} cannot be replicated to ${region}, which is in another partition.`,
    );
  if (regions !== undefined && !regions.includes(region))
    throw new AwsError("UnsupportedOperationException", `The region ${region} is not enabled.`);
}

/**
 * A replica of a primary key under the domain key of its own region. What is shared comes from the primary; nothing that a
 * key has for itself (policy, tags, aliases, grants, description) does. Imported material must be imported there, too.
 */
export function newReplica(
  primary: KmsKey,
  domain: Domain,
  multiRegion: MultiRegion,
  own: Pick<KmsKey, "createdAt" | "policy" | "description" | "tags">,
  tools: KmsTools,
): KmsKey {
  const { keyId, spec, usage, origin, currentMaterialId } = primary;
  return {
    ...newKeyWithoutMaterial({ domain, keyId, spec }, { ...own, usage, origin, multiRegion }),
    ...(currentMaterialId === undefined ? {} : { currentMaterialId }),
    materials: primary.materials.map((each) => replicate(primary, each, domain, tools)),
  };
}

function replicate(
  primary: KmsKey,
  material: Material,
  domain: Domain,
  { keyStore }: KmsTools,
): Material {
  if (material.imported === undefined) {
    const { wrapped } = keyStore.rewrap(storedMaterial(primary, material), domain);
    return { ...material, wrapped };
  }
  const { wrapped: _bytes, imported, ...shared } = material;
  const { validTo: _own, ...described } = imported;
  return awaitReplicas({ ...shared, imported: described });
}

/** A member of a multi-Region key that has one more replica: material that waits for its rotation waits for its import there, too. */
export function withReplica(key: KmsKey, multiRegion: MultiRegion): KmsKey {
  return { ...key, multiRegion, materials: key.materials.map(awaitReplicas) };
}

function awaitReplicas(material: Material): Material {
  const { imported } = material;
  return imported?.pending !== "ROTATION"
    ? material
    : { ...material, imported: { ...imported, pending: "MULTI_REGION_IMPORT_AND_ROTATION" } };
}
