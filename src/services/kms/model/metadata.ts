import { kmsArn } from "../../../base/arn.ts";
import { keySpecs } from "../../../crypto/key-spec.ts";
import type { ValueOf } from "../../../shape/shape.ts";
import type { KeyState, KmsKey } from "./key.ts";
import { currentMaterial, permanentMaterials } from "./key.ts";
import type { keyMetadata } from "./members.ts";

type KeyMetadata = ValueOf<typeof keyMetadata>;

/** What DescribeKey, CreateKey and ReplicateKey tell of a key in its present state (facts 3.1). */
export function metadataOf(key: KmsKey, state: KeyState): KeyMetadata {
  return {
    AWSAccountId: key.account,
    KeyId: key.keyId,
    Arn: key.arn,
    CreationDate: key.createdAt,
    Enabled: state === "Enabled",
    Description: key.description,
    KeyUsage: key.usage,
    KeyState: state,
    ...deletionMembers(key, state),
    Origin: key.origin,
    ...customStoreMembers(key),
    ...importMembers(key, state),
    KeyManager: key.manager,
    CustomerMasterKeySpec: key.spec,
    KeySpec: key.spec,
    ...algorithmMembers(key),
    ...multiRegionMembers(key),
    ...materialMembers(key),
  };
}

/** The member that lists the algorithms of a usage. */
const algorithmMember = {
  ENCRYPT_DECRYPT: "EncryptionAlgorithms",
  SIGN_VERIFY: "SigningAlgorithms",
  GENERATE_VERIFY_MAC: "MacAlgorithms",
  KEY_AGREEMENT: "KeyAgreementAlgorithms",
  ENCAPSULATE_DECAPSULATE: "EncapsulationAlgorithms",
} as const;

/** The algorithms of a key under the member that its usage gives them. */
export function algorithmMembers({ spec, usage }: KmsKey) {
  return { [algorithmMember[usage]]: keySpecs[spec].algorithms[usage] ?? [] };
}

/** The key's place among its relatives; a replica lists itself, too. */
function multiRegionMembers({ account, keyId, multiRegion, ...key }: KmsKey) {
  if (multiRegion === undefined) return { MultiRegion: false };
  const place = (Region: string) => ({ Arn: kmsArn(Region, account, `key/${keyId}`), Region });
  return {
    MultiRegion: true,
    MultiRegionConfiguration: {
      MultiRegionKeyType: key.region === multiRegion.primary ? "PRIMARY" : "REPLICA",
      PrimaryKey: place(multiRegion.primary),
      ReplicaKeys: multiRegion.replicas.map(place),
    },
  };
}

function deletionMembers({ deletionDate, pendingWindowInDays }: KmsKey, state: KeyState) {
  return {
    ...(deletionDate === undefined ? {} : { DeletionDate: deletionDate }),
    ...(state === "PendingReplicaDeletion"
      ? { PendingDeletionWindowInDays: pendingWindowInDays }
      : {}),
  };
}

function customStoreMembers({ customStore }: KmsKey) {
  if (customStore === undefined) return {};
  const { storeId, clusterId, xksKeyId } = customStore;
  return {
    CustomKeyStoreId: storeId,
    ...(clusterId === undefined ? {} : { CloudHsmClusterId: clusterId }),
    ...(xksKeyId === undefined ? {} : { XksKeyConfiguration: { Id: xksKeyId } }),
  };
}

/** The first expiry of all materials counts for the key; without material there is nothing to tell. */
function importMembers(key: KmsKey, state: KeyState) {
  if (key.origin !== "EXTERNAL" || key.materials.length === 0) return {};
  if (currentMaterial(key).wrapped === undefined || state === "PendingImport") return {};
  const ends = permanentMaterials(key).flatMap(({ imported }) => imported?.validTo ?? []);
  const [first] = ends.toSorted((a, b) => a.getTime() - b.getTime());
  return first === undefined
    ? { ExpirationModel: "KEY_MATERIAL_DOES_NOT_EXPIRE" }
    : { ExpirationModel: "KEY_MATERIAL_EXPIRES", ValidTo: first };
}

/** Only symmetric keys whose material is ours tell which material is in force. */
function materialMembers({ spec, origin, currentMaterialId }: KmsKey) {
  const told =
    keySpecs[spec].keyType === "symmetric" && (origin === "AWS_KMS" || origin === "EXTERNAL");
  return told && currentMaterialId !== undefined ? { CurrentKeyMaterialId: currentMaterialId } : {};
}
