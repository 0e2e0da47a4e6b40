import { keySpecs } from "../../../crypto/key-spec.ts";
import type { ValueOf } from "../../../shape/shape.ts";
import type { KmsKey } from "./key.ts";
import type { keyMetadata } from "./members.ts";

/** What DescribeKey and CreateKey tell of a key (facts 3.1). */
export function metadataOf(key: KmsKey): ValueOf<typeof keyMetadata> {
  return {
    AWSAccountId: key.account,
    KeyId: key.keyId,
    Arn: key.arn,
    CreationDate: key.createdAt,
    Enabled: key.state === "Enabled",
    Description: key.description,
    KeyUsage: key.usage,
    KeyState: key.state,
    ...(key.deletionDate === undefined ? {} : { DeletionDate: key.deletionDate }),
    Origin: key.origin,
    KeyManager: key.manager,
    CustomerMasterKeySpec: key.spec,
    KeySpec: key.spec,
    EncryptionAlgorithms: keySpecs[key.spec].encryptionAlgorithms,
    MultiRegion: false,
    CurrentKeyMaterialId: key.currentMaterialId,
  };
}
