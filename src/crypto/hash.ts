import { createHmac, hash, timingSafeEqual } from "node:crypto";

/** SHA-256 (FIPS 180-4) of the parts, one after the other. */
export function sha256(...parts: readonly Uint8Array[]): Buffer {
  const [only] = parts;
  return hash(
    "sha256",
    parts.length === 1 && only !== undefined ? only : Buffer.concat(parts),
    "buffer",
  );
}

/** Writes the SHA-256 of bytes that are no secret to a place, and returns where it ends: a buffer of its own would take longer than the hash. */
export function writeSha256(bytes: Uint8Array, target: Buffer, at: number): number {
  return at + target.write(hash("sha256", bytes, "latin1"), at, "latin1");
}

/** HMAC-SHA-256 (FIPS 198-1) of the parts, one after the other. */
export function hmacSha256(key: Uint8Array, ...parts: readonly (Uint8Array | string)[]): Buffer {
  const mac = createHmac("sha256", key);
  for (const part of parts) mac.update(part);
  return mac.digest();
}

/** Compares in time that depends on the lengths only. */
export function equalBytes(a: Uint8Array, b: Uint8Array): boolean {
  return a.length === b.length && timingSafeEqual(a, b);
}
