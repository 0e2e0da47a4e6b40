import type { KoffiFunc } from "koffi";
import { koffi } from "./koffi.ts";

/**
 * The OpenSSL inside node, called directly (docs/decisions/0009-openssl-of-node.md): it signs ready-made digests and
 * decrypts off the event loop, which node:crypto does not offer, and works on memory of ours where node:crypto makes objects. Only
 * openssl-key.ts, openssl-memory.ts, openssl-parameters.ts, sm2-agreement.ts, gcm.ts and sha256-state.ts use it.
 */
export type Pointer = bigint;

/** Memory of a call, of which koffi is told the address or finds it. */
type Bytes = Uint8Array | Pointer;
type Begin = (context: Pointer) => number;
type BeginWith = (context: Pointer, algorithm: Pointer, settings: null) => number;
type Decode = (into: null, from: [Uint8Array | Pointer], length: number) => Pointer | null;
type Encode = (structure: Pointer, into: [Uint8Array] | null) => number;
type Free = (each: Pointer) => void;
type Transform = (
  context: Pointer,
  output: Uint8Array | null,
  outputLength: BigUint64Array,
  input: Uint8Array,
  inputLength: number,
) => number;

/** The functions by the names of OpenSSL's manual, which says what they do. */
export interface Openssl {
  readonly ERR_clear_error: KoffiFunc<() => void>;
  readonly SHA256_Init: KoffiFunc<(state: Uint8Array) => number>;
  readonly SHA256_Update: KoffiFunc<(state: Bytes, message: Bytes, length: number) => number>;
  readonly SHA256_Final: KoffiFunc<(digest: Bytes, state: Bytes) => number>;
  readonly EVP_CIPHER_CTX_new: KoffiFunc<() => Pointer | null>;
  readonly EVP_CIPHER_CTX_ctrl: KoffiFunc<
    (context: Pointer, control: number, length: number, bytes: Bytes) => number
  >;
  readonly EVP_aes_256_gcm: KoffiFunc<() => Pointer | null>;
  readonly EVP_CipherInit_ex: KoffiFunc<
    (
      context: Pointer,
      cipher: Pointer | null,
      engine: null,
      key: Bytes | null,
      iv: Bytes | null,
      encrypts: number,
    ) => number
  >;
  readonly EVP_CipherUpdate: KoffiFunc<
    (
      context: Pointer,
      output: Uint8Array | null,
      outputLength: Bytes,
      input: Bytes,
      inputLength: number,
    ) => number
  >;
  readonly EVP_CipherFinal_ex: KoffiFunc<
    (context: Pointer, output: Bytes, outputLength: Bytes) => number
  >;
  readonly d2i_PUBKEY: KoffiFunc<Decode>;
  readonly i2d_PUBKEY: KoffiFunc<Encode>;
  readonly d2i_PKCS8_PRIV_KEY_INFO: KoffiFunc<Decode>;
  readonly PKCS8_PRIV_KEY_INFO_free: KoffiFunc<Free>;
  readonly EVP_PKCS82PKEY: KoffiFunc<(info: Pointer) => Pointer | null>;
  readonly EVP_PKEY_get_params: KoffiFunc<(key: Pointer, parameters: Uint8Array) => number>;
  readonly EVP_PKEY_CTX_new_from_name: KoffiFunc<
    (library: null, name: string, query: null) => Pointer | null
  >;
  readonly EVP_PKEY_fromdata_init: KoffiFunc<Begin>;
  readonly EVP_PKEY_fromdata: KoffiFunc<
    (context: Pointer, key: BigUint64Array, selection: number, parameters: Uint8Array) => number
  >;
  readonly EVP_PKEY_keygen_init: KoffiFunc<Begin>;
  readonly EVP_PKEY_CTX_set_params: KoffiFunc<(context: Pointer, parameters: Uint8Array) => number>;
  readonly EVP_PKEY_generate: KoffiFunc<(context: Pointer, key: BigUint64Array) => number>;
  readonly EVP_PKEY_free: KoffiFunc<Free>;
  readonly EVP_PKEY_get0_type_name: KoffiFunc<(key: Pointer) => string>;
  readonly EVP_PKEY_get_size: KoffiFunc<(key: Pointer) => number>;
  readonly EVP_PKEY_set_utf8_string_param: KoffiFunc<
    (key: Pointer, name: string, value: string) => number
  >;
  readonly EVP_PKEY_CTX_new: KoffiFunc<(key: Pointer, engine: null) => Pointer | null>;
  readonly EVP_PKEY_CTX_free: KoffiFunc<Free>;
  readonly EVP_PKEY_CTX_ctrl_str: KoffiFunc<
    (context: Pointer, name: string, value: string) => number
  >;
  readonly EVP_SIGNATURE_fetch: KoffiFunc<
    (library: null, name: string, query: null) => Pointer | null
  >;
  readonly EVP_PKEY_check: KoffiFunc<Begin>;
  readonly EVP_PKEY_sign_init: KoffiFunc<Begin>;
  readonly EVP_PKEY_sign_message_init: KoffiFunc<BeginWith>;
  readonly EVP_PKEY_sign: KoffiFunc<Transform>;
  readonly EVP_PKEY_verify_init: KoffiFunc<Begin>;
  readonly EVP_PKEY_verify_message_init: KoffiFunc<BeginWith>;
  readonly EVP_PKEY_verify: KoffiFunc<
    (
      context: Pointer,
      signature: Uint8Array,
      signatureLength: number,
      input: Uint8Array,
      inputLength: number,
    ) => number
  >;
  readonly EVP_PKEY_encrypt_init: KoffiFunc<Begin>;
  readonly EVP_PKEY_encrypt: KoffiFunc<Transform>;
  readonly EVP_PKEY_decrypt_init: KoffiFunc<Begin>;
  readonly EVP_PKEY_decrypt: KoffiFunc<Transform>;
  readonly EVP_PKEY_derive_init: KoffiFunc<Begin>;
  readonly EVP_PKEY_derive_set_peer: KoffiFunc<(context: Pointer, peer: Pointer) => number>;
  readonly EVP_PKEY_derive: KoffiFunc<
    (context: Pointer, secret: Uint8Array, secretLength: BigUint64Array) => number
  >;
  readonly EVP_PKEY_encapsulate_init: KoffiFunc<(context: Pointer, settings: null) => number>;
  readonly EVP_PKEY_encapsulate: KoffiFunc<
    (
      context: Pointer,
      ciphertext: Uint8Array | null,
      ciphertextLength: BigUint64Array,
      secret: Uint8Array | null,
      secretLength: BigUint64Array,
    ) => number
  >;
  readonly EVP_PKEY_decapsulate_init: KoffiFunc<(context: Pointer, settings: null) => number>;
  readonly EVP_PKEY_decapsulate: KoffiFunc<Transform>;
  readonly EC_KEY_new_by_curve_name: KoffiFunc<(curve: number) => Pointer | null>;
  readonly EC_KEY_oct2priv: KoffiFunc<(key: Pointer, scalar: Uint8Array, length: number) => number>;
  readonly EC_KEY_oct2key: KoffiFunc<
    (key: Pointer, point: Uint8Array, length: number, scratch: null) => number
  >;
  readonly EC_KEY_get0_public_key: KoffiFunc<(key: Pointer) => Pointer | null>;
  readonly EC_KEY_free: KoffiFunc<Free>;
  readonly ECDH_compute_key: KoffiFunc<
    (
      secret: Uint8Array,
      length: number,
      point: Pointer | null,
      key: Pointer,
      derivation: null,
    ) => number
  >;
}

const transform =
  "(void *context, uint8_t *output, uint64_t *outputLength, const uint8_t *input, size_t inputLength)";

/** OpenSSL 3.5's declarations of the same functions, where size_t has 64 bits. */
const declarations: Readonly<Record<keyof Openssl, string>> = {
  ERR_clear_error: "void %()",
  SHA256_Init: "int %(uint8_t *state)",
  SHA256_Update: "int %(uint8_t *state, const uint8_t *message, size_t length)",
  SHA256_Final: "int %(uint8_t *digest, uint8_t *state)",
  EVP_CIPHER_CTX_new: "void *%()",
  EVP_CIPHER_CTX_ctrl: "int %(void *context, int control, int length, uint8_t *bytes)",
  EVP_aes_256_gcm: "const void *%()",
  EVP_CipherInit_ex:
    "int %(void *context, const void *cipher, void *engine, const uint8_t *key, const uint8_t *iv, int encrypts)",
  EVP_CipherUpdate:
    "int %(void *context, uint8_t *output, int *outputLength, const uint8_t *input, int inputLength)",
  EVP_CipherFinal_ex: "int %(void *context, uint8_t *output, int *outputLength)",
  d2i_PUBKEY: "void *%(void *into, _Inout_ void **from, long length)",
  i2d_PUBKEY: "int %(const void *key, _Inout_ void **into)",
  d2i_PKCS8_PRIV_KEY_INFO: "void *%(void *into, _Inout_ void **from, long length)",
  PKCS8_PRIV_KEY_INFO_free: "void %(void *info)",
  EVP_PKCS82PKEY: "void *%(const void *info)",
  EVP_PKEY_get_params: "int %(const void *key, uint8_t *parameters)",
  EVP_PKEY_CTX_new_from_name: "void *%(void *library, const char *name, const char *query)",
  EVP_PKEY_fromdata_init: "int %(void *context)",
  EVP_PKEY_fromdata: "int %(void *context, uint64_t *key, int selection, uint8_t *parameters)",
  EVP_PKEY_keygen_init: "int %(void *context)",
  EVP_PKEY_CTX_set_params: "int %(void *context, uint8_t *parameters)",
  EVP_PKEY_generate: "int %(void *context, uint64_t *key)",
  EVP_PKEY_free: "void %(void *key)",
  EVP_PKEY_get0_type_name: "const char *%(const void *key)",
  EVP_PKEY_get_size: "int %(const void *key)",
  EVP_PKEY_set_utf8_string_param: "int %(void *key, const char *name, const char *value)",
  EVP_PKEY_CTX_new: "void *%(void *key, void *engine)",
  EVP_PKEY_CTX_free: "void %(void *context)",
  EVP_PKEY_CTX_ctrl_str: "int %(void *context, const char *name, const char *value)",
  EVP_SIGNATURE_fetch: "void *%(void *library, const char *name, const char *query)",
  EVP_PKEY_check: "int %(void *context)",
  EVP_PKEY_sign_init: "int %(void *context)",
  EVP_PKEY_sign_message_init: "int %(void *context, void *algorithm, void *settings)",
  EVP_PKEY_sign: `int %${transform}`,
  EVP_PKEY_verify_init: "int %(void *context)",
  EVP_PKEY_verify_message_init: "int %(void *context, void *algorithm, void *settings)",
  EVP_PKEY_verify:
    "int %(void *context, const uint8_t *signature, size_t signatureLength, const uint8_t *input, size_t inputLength)",
  EVP_PKEY_encrypt_init: "int %(void *context)",
  EVP_PKEY_encrypt: `int %${transform}`,
  EVP_PKEY_decrypt_init: "int %(void *context)",
  EVP_PKEY_decrypt: `int %${transform}`,
  EVP_PKEY_derive_init: "int %(void *context)",
  EVP_PKEY_derive_set_peer: "int %(void *context, void *peer)",
  EVP_PKEY_derive: "int %(void *context, uint8_t *secret, uint64_t *secretLength)",
  EVP_PKEY_encapsulate_init: "int %(void *context, void *settings)",
  EVP_PKEY_encapsulate:
    "int %(void *context, uint8_t *ciphertext, uint64_t *ciphertextLength, uint8_t *secret, uint64_t *secretLength)",
  EVP_PKEY_decapsulate_init: "int %(void *context, void *settings)",
  EVP_PKEY_decapsulate: `int %${transform}`,
  EC_KEY_new_by_curve_name: "void *%(int curve)",
  EC_KEY_oct2priv: "int %(void *key, const uint8_t *scalar, size_t length)",
  EC_KEY_oct2key: "int %(void *key, const uint8_t *point, size_t length, void *scratch)",
  EC_KEY_get0_public_key: "const void *%(const void *key)",
  EC_KEY_free: "void %(void *key)",
  ECDH_compute_key:
    "int %(uint8_t *secret, size_t length, const void *point, const void *key, void *derivation)",
};

let bound: Openssl | undefined;

/** The functions, bound on first use. Throws when this node does not export them. */
export function openssl(): Openssl {
  bound ??= bind();
  return bound;
}

function bind(): Openssl {
  if (koffi.sizeof("size_t") !== 8) throw new Error("the machine has not 64 bits");
  const node = koffi.load(null);
  const functions = Object.entries(declarations).map(([name, declaration]) => [
    name,
    node.func(declaration.replace("%", name)),
  ]);
  // The declarations have the interface's keys and, line by line, its types: koffi knows none of TypeScript's.
  return Object.fromEntries(functions) as Openssl;
}

/** Where a call computes: in this thread, which waits for it, or in the thread pool. A call in the pool costs this thread some 20 µs as well. */
export type Place = "here" | "pool";

/** Calls that may run or wait in the pool at once: koffi refuses more than 256, and each has a stack of its own. */
const mostCalls = 64;
const waiting: (() => void)[] = [];
let running = 0;

/** Runs a call in the thread pool, in its turn. */
export async function inPool(
  call: (done: (fault: unknown, result: number) => void) => void,
): Promise<number> {
  if (running < mostCalls) running++;
  else await new Promise<void>((resolve) => waiting.push(resolve));
  try {
    return await new Promise<number>((resolve, reject) => {
      call((fault, result) => {
        if (fault === null) resolve(result);
        else reject(new Error("a call of OpenSSL could not be made", { cause: fault }));
      });
    });
  } finally {
    const next = waiting.shift();
    if (next === undefined) running--;
    else next();
  }
}
