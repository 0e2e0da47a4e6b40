import { secretBytes } from "../base/secret-bytes.ts";
import { koffi } from "./koffi.ts";
import type { Pointer } from "./openssl.ts";
import { openssl } from "./openssl.ts";
import { required } from "./openssl-memory.ts";
import type { KeyParameter, PrivateKeyParts } from "./private-key-info.ts";

/** Bytes of an OSSL_PARAM: the address of the name, the kind, the address, the length and the written length of the value. */
const recordLength = 40;
/** OSSL_PARAM_UNSIGNED_INTEGER, OSSL_PARAM_OCTET_STRING, OSSL_PARAM_UTF8_STRING. */
const kinds = { number: 2, bytes: 5, text: 4 } as const;
/** EVP_PKEY_KEYPAIR. */
const keyPair = 0x87;

const contexts = new Map<string, Pointer>();
const names = new Map<string, { readonly bytes: Buffer; readonly address: bigint }>();

/**
 * Makes a key of its numbers; undefined when OpenSSL refuses them. It takes them from memory of ours, which is wiped: its reader of DER frees copies
 * without wiping them.
 */
export function makeKey({ type, parameters }: PrivateKeyParts): Pointer | undefined {
  const own = written(parameters);
  const key = BigUint64Array.of(0n);
  try {
    const result = openssl().EVP_PKEY_fromdata(contextOf(type), key, keyPair, own);
    return result === 1 ? key[0] : undefined;
  } finally {
    own.fill(0);
  }
}

/** An array of OSSL_PARAM that ends with an empty one, and behind it the values in this machine's order of bytes: little-endian. */
function written(parameters: readonly KeyParameter[]): Buffer {
  let at = (parameters.length + 1) * recordLength;
  // OpenSSL wants a zero behind a text.
  const own = secretBytes(parameters.reduce((sum, { value }) => sum + value.length + 1, at));
  const address = koffi.address(own);
  for (const [index, { name, kind, value }] of parameters.entries()) {
    own.set(value, at);
    if (kind === "number") own.subarray(at, at + value.length).reverse();
    const record = index * recordLength;
    own.writeBigUInt64LE(addressOf(name), record);
    own.writeUInt32LE(kinds[kind], record + 8);
    own.writeBigUInt64LE(address + BigInt(at), record + 16);
    own.writeBigUInt64LE(BigInt(value.length), record + 24);
    at += value.length + 1;
  }
  return own;
}

/** Where a name stands, for as long as the process lives. */
function addressOf(name: string): bigint {
  const known = names.get(name);
  if (known !== undefined) return known.address;
  const bytes = secretBytes(name.length + 1);
  bytes.write(name);
  const address = koffi.address(bytes);
  names.set(name, { bytes, address });
  return address;
}

/** Made once in a process: a context holds nothing of the keys that are made in it. */
function contextOf(type: string): Pointer {
  const known = contexts.get(type);
  if (known !== undefined) return known;
  const c = openssl();
  const context = required(c.EVP_PKEY_CTX_new_from_name(null, type, null), `keys of ${type}`);
  if (c.EVP_PKEY_fromdata_init(context) !== 1) throw new Error(`OpenSSL makes no key of ${type}`);
  contexts.set(type, context);
  return context;
}
