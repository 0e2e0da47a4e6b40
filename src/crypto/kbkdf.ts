import { lengthPrefixed, u32 } from "../base/bytes.ts";
import { secretBytes } from "../base/secret-bytes.ts";
import { hmacSha256 } from "./hash.ts";

const zero = Buffer.of(0);
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
  for (let done = 0, counter = 1; done < length; done += blockLength, counter++) {
    const block = hmacSha256(key, ...blockParts(counter, label, context, length));
    block.copy(derived, done);
    block.fill(0);
  }
  return derived;
}

/** What the HMAC of 32 derived bytes is computed over, for keys that only a token can use. */
export function blockInput(label: string, context: Uint8Array): Buffer {
  const parts = blockParts(1, label, context, blockLength);
  return Buffer.concat(parts.map((part) => Buffer.from(part)));
}

function blockParts(
  counter: number,
  label: string,
  context: Uint8Array,
  length: number,
): readonly (Uint8Array | string)[] {
  return [u32(counter), label, zero, context, u32(length * 8)];
}

/** A 256-bit sub-key of a key for one purpose; the parts of the context cannot run into each other. */
export function deriveKey(key: Uint8Array, label: string, ...context: readonly string[]): Buffer {
  return deriveBytes(key, label, Buffer.concat(context.map(lengthPrefixed)), 32);
}
