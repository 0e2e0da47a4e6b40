import { dryRunSucceeded } from "../../api/dry-run.ts";
import { AwsError } from "../../base/errors.ts";
import type { Soon } from "../../base/soon.ts";
import { after } from "../../base/soon.ts";
import { encryptTo, plaintextLimit } from "../../crypto/asymmetric-encryption.ts";
import { decodeBlobHeader } from "../../crypto/ciphertext.ts";
import type { EncryptionContext } from "../../crypto/encryption-context.ts";
import type { EncryptionAlgorithm } from "../../crypto/key-spec.ts";
import { placeOf } from "../../crypto/key-spec.ts";
import { publicKeyOf } from "./asymmetric.ts";
import type { KeyUse } from "./custom-key-stores/find-store.ts";
import type { KmsKey } from "./model/key.ts";
import { storedMaterial } from "./model/material.ts";
import type { Opened, Sealed } from "./symmetric.ts";
import { incorrectKey, openUnder, sealUnder } from "./symmetric.ts";
import { incompatible, isSymmetric, requireAlgorithm, requireUsage } from "./usage.ts";

/** What Encrypt, Decrypt and ReEncrypt share: the same operations on symmetric keys and on key pairs. */

/** How a request wants to encrypt or decrypt. */
interface Manner {
  readonly algorithm: EncryptionAlgorithm;
  readonly context: EncryptionContext | undefined;
}

/** Encrypts under a key's current material; only symmetric material has an id to tell. */
export function encryptUnder(
  key: KmsKey,
  plaintext: Uint8Array,
  { algorithm, context }: Manner,
  use: KeyUse,
): Soon<Sealed> {
  if (algorithm === "SYMMETRIC_DEFAULT") return sealUnder(key, plaintext, context, use);
  requireAlgorithm(key, algorithm);
  refuseContext(context);
  const limit = plaintextLimit(key.spec, algorithm);
  if (plaintext.length > limit)
    throw new AwsError(
      "ValidationException",
      `Algorithm ${algorithm} and key spec ${key.spec} cannot encrypt data larger than ${limit} bytes.`,
    );
  const publicKey = publicKeyOf(key);
  return use.tools.keyWork
    .inTurn({ spec: key.spec, part: "public", account: use.context.account }, () =>
      encryptTo(publicKey, algorithm, plaintext, placeOf(key.spec, "public")),
    )
    .then((blob) => ({ blob }));
}

/**
 * Decrypts what a key has encrypted: a blob, or the bytes of a key pair, which may have been made offline. Another key's
 * blob is IncorrectKeyException, whatever the key is for; InvalidCiphertextException tells nothing of what is wrong.
 */
export function decryptUnder(
  key: KmsKey,
  ciphertext: Uint8Array,
  { algorithm, context }: Manner,
  use: KeyUse,
): Soon<Opened> {
  if (isSymmetric(key))
    return after(openUnder(key, ciphertext, context, use), (opened) => {
      requireAlgorithm(key, algorithm);
      return opened;
    });
  if (algorithm === "SYMMETRIC_DEFAULT") throw refusalOfBlob(key, ciphertext, use.operation);
  requireDecryption(key, algorithm, use.operation);
  refuseContext(context);
  const stored = storedMaterial(key);
  const { keyStore, keyWork } = use.tools;
  return keyWork
    .inTurn({ spec: key.spec, part: "private", account: use.context.account }, () =>
      keyStore.decryptAsymmetric(stored, algorithm, ciphertext),
    )
    .then((plaintext) => {
      if (plaintext === undefined) throw new AwsError("InvalidCiphertextException");
      return { plaintext };
    });
}

/** Why a key that makes no blobs does not open one. */
function refusalOfBlob(key: KmsKey, blob: Uint8Array, operation: string): AwsError {
  const header = decodeBlobHeader(blob);
  if (header !== undefined && header.keyId !== key.keyId) return incorrectKey();
  requireUsage(key, "ENCRYPT_DECRYPT", operation);
  return incompatible(key, "SYMMETRIC_DEFAULT");
}

/** The success of a DryRun that ignores the ciphertext: permission and state are decided, the key has to fit. */
export function dryRunWithoutCiphertext(
  key: KmsKey,
  algorithm: EncryptionAlgorithm,
  operation: string,
): AwsError {
  requireDecryption(key, algorithm, operation);
  return dryRunSucceeded();
}

/** The ciphertext of a request that names no key. Throws ValidationException for one of a key pair, which names none either. */
export function selfNaming(
  ciphertext: Uint8Array | undefined,
  algorithm: EncryptionAlgorithm = "SYMMETRIC_DEFAULT",
): Uint8Array | undefined {
  if (algorithm !== "SYMMETRIC_DEFAULT" && ciphertext && decodeBlobHeader(ciphertext) === undefined)
    throw new AwsError(
      "ValidationException",
      `A key ID is required to decrypt with algorithm ${algorithm}.`,
    );
  return ciphertext;
}

function requireDecryption(key: KmsKey, algorithm: EncryptionAlgorithm, operation: string): void {
  requireUsage(key, "ENCRYPT_DECRYPT", operation);
  requireAlgorithm(key, algorithm);
}

/** Key pairs have nothing that could bind a context; the empty one is none. */
function refuseContext(context: EncryptionContext = {}): void {
  if (Object.keys(context).length > 0)
    throw new AwsError(
      "ValidationException",
      "An encryption context is supported with symmetric encryption keys only.",
    );
}
