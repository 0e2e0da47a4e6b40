import { lengthPrefixed } from "../base/bytes.ts";
import { secretBytes } from "../base/secret-bytes.ts";
import { hmacSha256 } from "./hash.ts";

const blockLength = 32;

/**
 * Key derivation in counter mode with HMAC-SHA-256 (NIST SP 800-108r1, section 4.1):
 * block i = HMAC(key, [i]32 ‖ label ‖ 00 ‖ context ‖ [L]32), L in bits. Returns `length` bytes,
 * in memory of their own: Buffer's shared pool would carry keys along wherever a neighbour is sent.
 */
export function deriveBytes(
  key: Uint8Array,
  label: string,
  context: Uint8Array,
  length: number,
): Buffer {
  const derived = secretBytes(length);
  const input = blockInput(label, context, length);
  for (let done = 0, counter = 1; done < length; done += blockLength, counter++) {
    input.writeUInt32BE(counter);
    const block = hmacSha256(key, input);
    block.copy(derived, done);
    block.fill(0);
  }
  return derived;
}

/** What the HMAC of the first block is computed over; it is all of 32 bytes, for keys that only a token can use. */
export function blockInput(label: string, context: Uint8Array, length = blockLength): Buffer {
  const labelEnd = 4 + Buffer.byteLength(label);
  const input = Buffer.alloc(labelEnd + 1 + context.length + 4);
  input.writeUInt32BE(1);
  input.write(label, 4);
  input.set(context, labelEnd + 1);
  input.writeUInt32BE(length * 8, labelEnd + 1 + context.length);
  return input;
}

/** A 256-bit sub-key of a key for one purpose; the parts of the context cannot run into each other. */
export function deriveKey(key: Uint8Array, label: string, ...context: readonly string[]): Buffer {
  return deriveBytes(key, label, Buffer.concat(context.map(lengthPrefixed)), 32);
}
