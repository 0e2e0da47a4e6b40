import { secretBytes } from "../base/secret-bytes.ts";
import { koffi } from "./koffi.ts";
import type { Pointer } from "./openssl.ts";
import { inPool, openssl } from "./openssl.ts";
import { required } from "./openssl-memory.ts";
import type { KeyField, KeyParameter, PrivateKeyParts } from "./private-key-info.ts";

/** Parameters of an operation by OpenSSL's names (`rsa_padding_mode`, `digest`, …). */
export type Settings = readonly (readonly [name: string, value: string])[];

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
  const make = type.startsWith("ML-KEM-") ? fromSeed : fromNumbers;
  try {
    return make(contextOf(type), key, own) ? key[0] : undefined;
  } finally {
    own.fill(0);
  }
}

/** Makes a new key pair in the thread pool. */
export async function generateKey(type: string, settings: Settings): Promise<Pointer> {
  const c = openssl();
  const context = required(c.EVP_PKEY_CTX_new_from_name(null, type, null), `keys of ${type}`);
  const key = BigUint64Array.of(0n);
  try {
    const isSet =
      c.EVP_PKEY_keygen_init(context) === 1 &&
      settings.every(([name, value]) => c.EVP_PKEY_CTX_ctrl_str(context, name, value) === 1);
    const made = isSet && (await inPool((done) => c.EVP_PKEY_generate.async(context, key, done)));
    if (made !== 1) throw new Error(`OpenSSL makes no key of ${type}`);
    return required(key[0], `keys of ${type}`);
  } finally {
    c.EVP_PKEY_CTX_free(context);
    c.ERR_clear_error();
  }
}

/** The values of a key's fields, which stand in memory of ours and want to be wiped; undefined when the key has not all of them, in these lengths. */
export function numbersOf(
  key: Pointer,
  fields: readonly KeyField[],
): readonly Buffer[] | undefined {
  const values = fields.map(({ length }) => secretBytes(length));
  const asked = fields.map((field, index) => ({ ...field, value: values[index] ?? Buffer.of() }));
  const own = written(asked);
  try {
    if (openssl().EVP_PKEY_get_params(key, own) !== 1) return undefined;
    for (const [index, { kind, value }] of asked.entries()) {
      const record = index * recordLength;
      const at = Number(own.readBigUInt64LE(record + 16) - koffi.address(own));
      const length = Number(own.readBigUInt64LE(record + 32));
      if (length !== value.length) return undefined;
      own.copy(value, 0, at, at + length);
      if (kind === "number") value.reverse();
    }
    return values;
  } finally {
    own.fill(0);
    openssl().ERR_clear_error();
  }
}

type Make = (context: Pointer, key: BigUint64Array, parameters: Buffer) => boolean;

const fromNumbers: Make = (context, key, parameters) =>
  openssl().EVP_PKEY_fromdata(context, key, keyPair, parameters) === 1;

/** EVP_PKEY_fromdata would encapsulate and decapsulate once, which takes longer than all else. The context wipes its seed when it has generated. */
const fromSeed: Make = (context, key, parameters) =>
  openssl().EVP_PKEY_CTX_set_params(context, parameters) === 1 &&
  openssl().EVP_PKEY_generate(context, key) === 1;

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

/** Made once in a process: a context keeps nothing of the keys that are made in it. */
function contextOf(type: string): Pointer {
  const known = contexts.get(type);
  if (known !== undefined) return known;
  const c = openssl();
  const context = required(c.EVP_PKEY_CTX_new_from_name(null, type, null), `keys of ${type}`);
  const begin = type.startsWith("ML-KEM-") ? c.EVP_PKEY_keygen_init : c.EVP_PKEY_fromdata_init;
  if (begin(context) !== 1) throw new Error(`OpenSSL makes no key of ${type}`);
  contexts.set(type, context);
  return context;
}
