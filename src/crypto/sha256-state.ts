import { secretBytes } from "../base/secret-bytes.ts";
import { openssl } from "./openssl.ts";
import { lengthOf, Memory, placeOf } from "./openssl-memory.ts";

/** Bytes of OpenSSL's SHA256_CTX: eight words, a count of bits, a block, two numbers. */
const stateLength = 112;
const digestLength = 32;

/** Where a hash that goes on stands, until the next one. */
const work = new Memory(stateLength);

/** Where SHA-256 (FIPS 180-4) stands behind some bytes, as secret as they are: hashes that begin with them go on from there. */
export function stateBehind(bytes: Uint8Array): Buffer {
  const state = secretBytes(stateLength);
  const c = openssl();
  if (c.SHA256_Init(state) !== 1 || c.SHA256_Update(state, bytes, bytes.length) !== 1)
    throw new Error("OpenSSL does not hash");
  return state;
}

/**
 * Writes a hash of 32 bytes that goes on from a state with the first bytes of a message. INVARIANT (memory): what OpenSSL reads and
 * writes lies within the buffers; it keeps none of them.
 */
export function hashOn(
  state: Uint8Array,
  message: Uint8Array | Memory,
  length: number,
  target: Uint8Array | Memory,
): void {
  if (state.length !== stateLength || length > lengthOf(message) || lengthOf(target) < digestLength)
    throw new RangeError("not within the buffers of a hash");
  const c = openssl();
  const { bytes, address } = work;
  bytes.set(state);
  const updated = c.SHA256_Update(address, placeOf(message), length) === 1;
  if (!updated || c.SHA256_Final(placeOf(target), address) !== 1)
    throw new Error("OpenSSL does not hash");
}

/** Overwrites what the last hash has left behind, which is the hash itself. */
export function wipeLastHash(): void {
  work.bytes.fill(0);
}
