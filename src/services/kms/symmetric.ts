import { AwsError } from "../../base/errors.ts";
import type { JsonObject } from "../../base/json.ts";
import type { Soon } from "../../base/soon.ts";
import { decodeBlobHeader } from "../../crypto/ciphertext.ts";
import type { EncryptionContext } from "../../crypto/encryption-context.ts";
import { randomBytes } from "../../crypto/random.ts";
import type { KeyUse } from "./custom-key-stores/find-store.ts";
import { decryptInStore, encryptInStore, evidenceOfStore } from "./custom-key-stores/use-key.ts";
import type { KmsKey } from "./model/key.ts";
import { currentMaterial } from "./model/key.ts";
import { storedMaterial } from "./model/material.ts";
import { requireAlgorithm } from "./usage.ts";

/** What the symmetric operations share: sealing under a key's current material, opening under the one that a blob names. */

/** A blob, and the id of the material where it is ours to tell. */
export interface Sealed {
  readonly blob: Buffer;
  readonly materialId?: string;
}

/** A plaintext, and the id of the material where it is ours to tell. */
export interface Opened {
  readonly plaintext: Buffer;
  readonly materialId?: string;
}

/** Seals under a key's current material. Throws InvalidKeyUsageException for a key that is not a symmetric encryption key. */
export function sealUnder(
  key: KmsKey,
  plaintext: Uint8Array,
  context: EncryptionContext | undefined,
  use: KeyUse,
): Soon<Sealed> {
  requireAlgorithm(key, "SYMMETRIC_DEFAULT");
  if (key.customStore !== undefined)
    return encryptInStore(key, plaintext, context, use).then((blob) => ({ blob }));
  const material = currentMaterial(key);
  const blob = use.tools.keyStore.encrypt(storedMaterial(key, material), plaintext, context);
  return { blob, materialId: material.materialId };
}

/** Opens a blob. Throws IncorrectKeyException for another key's blob, InvalidCiphertextException for everything else that is wrong. */
export function openUnder(
  key: KmsKey,
  blob: Uint8Array,
  context: EncryptionContext | undefined,
  use: KeyUse,
): Soon<Opened> {
  const header = decodeBlobHeader(blob);
  if (header === undefined) throw new AwsError("InvalidCiphertextException");
  if (header.keyId !== key.keyId) throw incorrectKey();
  // Material that waits for its rotation has encrypted nothing.
  const material = key.materials.find(
    (each) =>
      each.imported?.pending === undefined && each.materialId.startsWith(header.materialPrefix),
  );
  if (material === undefined) throw new AwsError("InvalidCiphertextException");
  if (key.customStore !== undefined)
    return decryptInStore(key, material, blob, context, use).then((plaintext) => ({ plaintext }));
  const plaintext = use.tools.keyStore.decrypt(storedMaterial(key, material), blob, context);
  if (plaintext === undefined) throw new AwsError("InvalidCiphertextException");
  return { plaintext, materialId: material.materialId };
}

/** What the audit record tells of a key's use: the material, where it is ours, or the custom key store (facts 18.3). */
export function evidenceOfUse(key: KmsKey, materialId: string | undefined): JsonObject {
  return {
    ...(materialId === undefined ? {} : { keyMaterialId: materialId }),
    ...evidenceOfStore(key),
  };
}

/** The refusal of a ciphertext that another key made. */
export function incorrectKey(): AwsError {
  return new AwsError(
    "IncorrectKeyException",
    "The key ID in the request does not identify a CMK that can perform this operation.",
  );
}

/** How a data key is asked for: by spec, or by length. Exactly one. */
export interface DataKeyRequest {
  readonly KeySpec?: "AES_256" | "AES_128" | undefined;
  readonly NumberOfBytes?: number | undefined;
}

const dataKeyLengths = { AES_256: 32, AES_128: 16 };

/** Fresh bytes for a data key. Throws ValidationException when neither or both of spec and length are given. */
export function generateDataKeyBytes({ KeySpec, NumberOfBytes }: DataKeyRequest): Buffer {
  if ((KeySpec === undefined) === (NumberOfBytes === undefined))
    throw new AwsError("ValidationException", "Please specify either number of bytes or key spec.");
  return randomBytes(KeySpec === undefined ? (NumberOfBytes ?? 0) : dataKeyLengths[KeySpec]);
}
