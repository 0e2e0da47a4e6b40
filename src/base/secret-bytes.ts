/**
 * Zeroed memory for a secret, outside V8's heap: small arrays inside it are moved by the collector, and each move leaves a
 * copy behind that nobody can wipe.
 */
export function secretBytes(length: number): Buffer {
  return Buffer.from(new ArrayBuffer(length));
}
