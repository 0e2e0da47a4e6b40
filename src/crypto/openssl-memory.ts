import { secretBytes } from "../base/secret-bytes.ts";
import { koffi } from "./koffi.ts";
import type { Openssl, Pointer } from "./openssl.ts";
import { openssl } from "./openssl.ts";

/**
 * Zeroed memory for a secret, and where it stands: koffi takes longer to find the memory of a buffer than OpenSSL for a block of a
 * hash. INVARIANT (memory): who gives the address away holds the object until nobody uses it any more.
 */
export class Memory {
  readonly bytes: Buffer;
  readonly address: Pointer;

  constructor(length: number) {
    this.bytes = secretBytes(length);
    this.address = koffi.address(this.bytes);
  }
}

/** Where a call finds bytes. */
export function placeOf(bytes: Uint8Array | Memory): Uint8Array | Pointer {
  return bytes instanceof Memory ? bytes.address : bytes;
}

export function lengthOf(bytes: Uint8Array | Memory): number {
  return bytes instanceof Memory ? bytes.bytes.length : bytes.length;
}

/** Memory of its own for a call. */
export function copy(bytes: Uint8Array): Buffer {
  const own = secretBytes(bytes.length);
  own.set(bytes);
  return own;
}

/** What OpenSSL made; throws when it made nothing. */
export function required<T>(value: T | null | undefined, name: string): T {
  if (value === null || value === undefined) throw new Error(`OpenSSL's ${name} failed`);
  return value;
}

/** Reads a structure that is all of the bytes; undefined when they are none. */
export function decodeWhole(
  decode: Openssl["d2i_PUBKEY"],
  free: Openssl["EVP_PKEY_free"],
  der: Uint8Array,
): Pointer | undefined {
  const own = copy(der);
  try {
    const from: [Uint8Array | Pointer] = [own];
    const structure = decode(null, from, own.length);
    if (structure === null) return undefined;
    if (from[0] === koffi.address(own) + BigInt(own.length)) return structure;
    free(structure);
    return undefined;
  } finally {
    own.fill(0);
  }
}

/** The DER of a structure. */
export function encode(encoder: Openssl["i2d_PUBKEY"], structure: Pointer): Buffer {
  const length = encoder(structure, null);
  openssl().ERR_clear_error();
  if (length <= 0) throw new Error("OpenSSL does not encode this key");
  const der = secretBytes(length);
  encoder(structure, [der]);
  return der;
}
