import { AwsError } from "../../base/errors.ts";
import { decodeBlobHeader } from "../../crypto/ciphertext.ts";
import type { EncryptionContext } from "../../crypto/encryption-context.ts";
import { keySpecs } from "../../crypto/key-spec.ts";
import { randomBytes } from "../../crypto/random.ts";
import type { StoredMaterial } from "../../keystore/keystore.ts";
import type { KmsKey, Material } from "./model/key.ts";
import { currentMaterial } from "./model/key.ts";
import type { KmsTools } from "./operation.ts";

/** What the symmetric operations share: sealing under a key's current material, opening under the one that a blob names. */

export function sealUnder(
  key: KmsKey,
  plaintext: Uint8Array,
  context: EncryptionContext | undefined,
  { keyStore }: KmsTools,
): { readonly blob: Buffer; readonly materialId: string } {
  const material = currentMaterial(key);
  return {
    blob: keyStore.encrypt(stored(key, material), plaintext, context),
    materialId: material.materialId,
  };
}

/** Opens a blob. Throws IncorrectKeyException for another key's blob, InvalidCiphertextException for everything else that is wrong. */
export function openUnder(
  key: KmsKey,
  blob: Uint8Array,
  context: EncryptionContext | undefined,
  { keyStore }: KmsTools,
): { readonly plaintext: Buffer; readonly materialId: string } {
  const header = decodeBlobHeader(blob);
  if (header === undefined) throw new AwsError("InvalidCiphertextException");
  if (header.keyId !== key.keyId)
    throw new AwsError(
      "IncorrectKeyException",
      "The key ID in the request does not identify a CMK that can perform this operation.",
    );
  const material = key.materials.find((each) => each.materialId.startsWith(header.materialPrefix));
  const plaintext = material && keyStore.decrypt(stored(key, material), blob, context);
  if (material === undefined || plaintext === undefined)
    throw new AwsError("InvalidCiphertextException");
  return { plaintext, materialId: material.materialId };
}

/** The algorithm of the request, or the key's own. Throws InvalidKeyUsageException for one that the key does not have. */
export function requireAlgorithm(key: KmsKey, asked = "SYMMETRIC_DEFAULT"): string {
  if (!keySpecs[key.spec].encryptionAlgorithms.some((each) => each === asked))
    throw new AwsError(
      "InvalidKeyUsageException",
      `Algorithm ${asked} is incompatible with key spec ${key.spec}.`,
    );
  return asked;
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

/** Refuses a Recipient: an attestation that is not checked must not be ignored, or its plaintext would travel in the clear. */
export function refuseRecipient(recipient: unknown): void {
  if (recipient !== undefined)
    throw new AwsError("UnsupportedOperationException", "Recipient is not supported.");
}

function stored(key: KmsKey, { materialId, wrapped }: Material): StoredMaterial {
  return { domain: key.domain, keyId: key.keyId, keySpec: key.spec, materialId, wrapped };
}
