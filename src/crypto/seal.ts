import { createCipheriv, createDecipheriv } from "node:crypto";
import { equalBytes, sha256 } from "./hash.ts";
import { deriveBytes } from "./kbkdf.ts";

/**
 * The one authenticated encryption of the service: a fresh key for every message, committed to.
 *
 *     context  = SHA-256(domain ‖ header ‖ bound)
 *     K ‖ IV ‖ C = KBKDF-CTR-HMAC-SHA-256(key, label, context, 32 + 12 + 32 bytes)
 *     sealed   = header ‖ C ‖ AES-256-GCM(K, IV, plaintext, AAD = header ‖ C ‖ bound) ‖ tag
 *
 * INVARIANT: the header ends in a 32-byte salt that is never used twice with one key, so K and IV are fresh for every
 * message and a fixed use of the derived IV repeats no nonce. C commits to key, header and bound bytes.
 */
export interface SealPurpose {
  readonly domain: string;
  readonly label: string;
}

export const saltLength = 32;
const commitmentLength = 32;
const tagLength = 16;
const ivLength = 12;

/** Bytes that sealing adds behind the header. */
export const sealOverhead = commitmentLength + tagLength;

/** Seals a plaintext under `key`; `bound` is authenticated but not stored. Returns header ‖ commitment ‖ ciphertext ‖ tag. */
export function seal(
  purpose: SealPurpose,
  key: Uint8Array,
  header: Uint8Array,
  bound: Uint8Array,
  plaintext: Uint8Array,
): Buffer {
  const { secret, iv, commitment } = messageKey(purpose, key, header, bound);
  const bodyAt = header.length + commitmentLength;
  const sealed = Buffer.allocUnsafe(header.length + plaintext.length + sealOverhead);
  sealed.set(header);
  sealed.set(commitment, header.length);
  const cipher = createCipheriv("aes-256-gcm", secret, iv);
  cipher.setAAD(sealed.subarray(0, bodyAt));
  cipher.setAAD(bound);
  sealed.set(cipher.update(plaintext), bodyAt);
  cipher.final();
  secret.fill(0);
  sealed.set(cipher.getAuthTag(), bodyAt + plaintext.length);
  return sealed;
}

/**
 * Opens what `seal` made; undefined when anything (key, header, bound bytes, a single bit) differs. A wrong commitment is
 * refused only after the decryption ran, so all failures cost the same work.
 */
export function open(
  purpose: SealPurpose,
  key: Uint8Array,
  headerLength: number,
  bound: Uint8Array,
  sealed: Uint8Array,
): Buffer | undefined {
  if (sealed.length < headerLength + sealOverhead) return undefined;
  const header = sealed.subarray(0, headerLength);
  const claimed = sealed.subarray(headerLength, headerLength + commitmentLength);
  const { secret, iv, commitment } = messageKey(purpose, key, header, bound);
  const decipher = createDecipheriv("aes-256-gcm", secret, iv, { authTagLength: tagLength });
  decipher.setAAD(sealed.subarray(0, headerLength + commitmentLength));
  decipher.setAAD(bound);
  decipher.setAuthTag(sealed.subarray(sealed.length - tagLength));
  const plaintext = decipher.update(
    sealed.subarray(headerLength + commitmentLength, sealed.length - tagLength),
  );
  const authentic = finishes(decipher);
  secret.fill(0);
  if (equalBytes(claimed, commitment) && authentic) return plaintext;
  plaintext.fill(0);
  return undefined;
}

function finishes(decipher: { final(): Buffer }): boolean {
  try {
    decipher.final();
    return true;
  } catch {
    // node:crypto reports a wrong tag by throwing; it is an answer here, not a fault.
    return false;
  }
}

function messageKey(purpose: SealPurpose, key: Uint8Array, header: Uint8Array, bound: Uint8Array) {
  const { domain, label } = purpose;
  const named = Buffer.allocUnsafe(domain.length + header.length + bound.length);
  named.write(domain, "latin1");
  named.set(header, domain.length);
  named.set(bound, domain.length + header.length);
  const bytes = deriveBytes(key, label, sha256(named), 32 + ivLength + commitmentLength);
  return {
    secret: bytes.subarray(0, 32),
    iv: bytes.subarray(32, 32 + ivLength),
    commitment: bytes.subarray(32 + ivLength),
  };
}
