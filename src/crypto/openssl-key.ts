import { inspect } from "node:util";
import { secretBytes } from "../base/secret-bytes.ts";
import type { Place, Pointer } from "./openssl.ts";
import { inPool, openssl } from "./openssl.ts";
import { copy, decodeWhole, encode, required } from "./openssl-memory.ts";
import type { Settings } from "./openssl-parameters.ts";
import { generateKey, makeKey, numbersOf } from "./openssl-parameters.ts";
import { privateKeyForm, readPrivateKeyInfo } from "./private-key-info.ts";

/** How a signature is made: over a ready digest, or over a message by an algorithm that digests on its own. */
export interface SignatureScheme {
  readonly over: "digest" | "message";
  /** OpenSSL's name of the algorithm over messages, where it is not that of the key. */
  readonly algorithm?: string;
  readonly settings?: Settings;
}

/** How an operation begins. */
interface Operation {
  readonly begin: (context: Pointer) => number;
  readonly settings?: Settings | undefined;
}
/** The operations of one input and one output. */
type Transform = "sign" | "encrypt" | "decrypt" | "decapsulate";

const signatures = new Map<string, Pointer>();

/**
 * A key inside OpenSSL.
 *
 * INVARIANT (memory): nobody else sees a pointer to a key or a context, and
 *   - an EVP_PKEY belongs to one OpensslKey and is freed once, by its dispose;
 *   - an EVP_PKEY_CTX belongs to one call, is made before the call's first await and freed in its `finally`. It holds a
 *     reference on the key: one that is disposed of meanwhile lives on until the call has ended;
 *   - a running call reads and writes buffers of its own, which are wiped or returned after it, so that they can neither
 *     be collected nor changed under it. They stand outside V8's heap, so nothing moves them;
 *   - what OpenSSL allocated never leaves: keys are handed out as DER, copied.
 * INVARIANT (errors): this thread's error queue is empty whenever the event loop turns: TLS would take what is left in it
 * for its own. The pool's threads run no TLS, and their queues are short rings.
 */
export class OpensslKey {
  #key: Pointer | undefined;

  private constructor(key: Pointer) {
    this.#key = key;
  }

  /** Makes a key pair in the thread pool. */
  static async generate(type: string, settings: Settings): Promise<OpensslKey> {
    return new OpensslKey(await generateKey(type, settings));
  }

  /** Reads a private key in the form of ours (private-key-info.ts), leaving no copy in freed memory; undefined when it is none. */
  static fromPkcs8(der: Uint8Array): OpensslKey | undefined {
    try {
      const parts = readPrivateKeyInfo(der);
      const key = parts && makeKey(parts);
      return key === undefined ? undefined : new OpensslKey(key);
    } finally {
      openssl().ERR_clear_error();
    }
  }

  /** Reads an unencrypted PKCS#8 PrivateKeyInfo of any form, and nothing behind it; undefined when it is none. OpenSSL frees copies unwiped. */
  static fromForeignPkcs8(der: Uint8Array): OpensslKey | undefined {
    const c = openssl();
    try {
      const info = decodeWhole(c.d2i_PKCS8_PRIV_KEY_INFO, c.PKCS8_PRIV_KEY_INFO_free, der);
      if (info === undefined) return undefined;
      const key = c.EVP_PKCS82PKEY(info);
      c.PKCS8_PRIV_KEY_INFO_free(info);
      return key === null ? undefined : new OpensslKey(key);
    } finally {
      c.ERR_clear_error();
    }
  }

  /** Reads a SubjectPublicKeyInfo, and nothing behind it; undefined when it is none. */
  static fromSpki(der: Uint8Array): OpensslKey | undefined {
    const c = openssl();
    try {
      const key = decodeWhole(c.d2i_PUBKEY, c.EVP_PKEY_free, der);
      return key === undefined ? undefined : new OpensslKey(key);
    } finally {
      c.ERR_clear_error();
    }
  }

  /** OpenSSL's name of the key's type: RSA, EC, SM2, ED25519, ML-DSA-44, … */
  get type(): string {
    return openssl().EVP_PKEY_get0_type_name(this.#live);
  }

  /** Has the public point of a curve written whole. */
  normalizePoint(): void {
    const c = openssl();
    c.EVP_PKEY_set_utf8_string_param(this.#live, "point-format", "uncompressed");
    c.ERR_clear_error();
  }

  /** The SubjectPublicKeyInfo of the public key. */
  spki(): Buffer {
    const c = openssl();
    return encode(c.i2d_PUBKEY, this.#live);
  }

  /** The PKCS#8 PrivateKeyInfo of the private key in the form of ours; undefined for keys that have none. */
  pkcs8(): Buffer | undefined {
    const form = privateKeyForm(this.spki());
    const size = openssl().EVP_PKEY_get_size(this.#live);
    const values = form && numbersOf(this.#live, form.fields(size));
    return values && form.write(values);
  }

  /** Whether the private key is sound in itself and belongs to its public key. */
  check(): Promise<boolean> {
    const c = openssl();
    return this.#operate({ begin: () => 1 }, async (context) => {
      return (await inPool((done) => c.EVP_PKEY_check.async(context, done))) === 1;
    });
  }

  async sign(scheme: SignatureScheme, input: Uint8Array, place: Place): Promise<Buffer> {
    const operation = this.#signature("sign", scheme);
    return required(await this.#transform(operation, "sign", input, place), "EVP_PKEY_sign");
  }

  verify(
    scheme: SignatureScheme,
    input: Uint8Array,
    signature: Uint8Array,
    place: Place,
  ): Promise<boolean> {
    const c = openssl();
    if (!this.#isWhole(signature)) return Promise.resolve(false);
    return this.#operate(this.#signature("verify", scheme), async (context) => {
      const [signed, claimed] = [copy(input), copy(signature)];
      const given = [context, claimed, claimed.length, signed, signed.length] as const;
      try {
        const result =
          place === "here"
            ? c.EVP_PKEY_verify(...given)
            : await inPool((done) => c.EVP_PKEY_verify.async(...given, done));
        return result === 1;
      } finally {
        signed.fill(0);
        claimed.fill(0);
      }
    });
  }

  /** Encrypts to the public key; undefined when the plaintext is too long or the key is unusable. */
  encrypt(settings: Settings, plaintext: Uint8Array, place: Place): Promise<Buffer | undefined> {
    const begin = openssl().EVP_PKEY_encrypt_init;
    return this.#transform({ begin, settings }, "encrypt", plaintext, place);
  }

  /** Decrypts; undefined whatever is wrong with the ciphertext. */
  decrypt(settings: Settings, ciphertext: Uint8Array): Promise<Buffer | undefined> {
    const begin = openssl().EVP_PKEY_decrypt_init;
    if (!this.#isWhole(ciphertext)) return Promise.resolve(undefined);
    return this.#transform({ begin, settings }, "decrypt", ciphertext, "pool");
  }

  /** The ML-KEM secret in a ciphertext; undefined only when its length is wrong. */
  decapsulate(ciphertext: Uint8Array, place: Place): Promise<Buffer | undefined> {
    const begin = (context: Pointer) => openssl().EVP_PKEY_decapsulate_init(context, null);
    return this.#transform({ begin }, "decapsulate", ciphertext, place);
  }

  /** The Diffie-Hellman secret with another's public key of the same curve; undefined when OpenSSL refuses that key. */
  derive(peer: OpensslKey, place: Place): Promise<Buffer | undefined> {
    const c = openssl();
    return this.#operate({ begin: c.EVP_PKEY_derive_init }, async (context) => {
      if (c.EVP_PKEY_derive_set_peer(context, peer.#live) !== 1) return undefined;
      const length = BigUint64Array.of(BigInt(longestSecret));
      const secret = secretBytes(longestSecret);
      const result =
        place === "here"
          ? c.EVP_PKEY_derive(context, secret, length)
          : await inPool((done) => c.EVP_PKEY_derive.async(context, secret, length, done));
      return result === 1 ? secret.subarray(0, Number(length[0])) : undefined;
    });
  }

  /** A fresh secret and its ML-KEM ciphertext for the public key. */
  encapsulate(
    place: Place,
  ): Promise<{ readonly sharedSecret: Buffer; readonly ciphertext: Buffer }> {
    const c = openssl();
    const begin = (context: Pointer) => c.EVP_PKEY_encapsulate_init(context, null);
    return this.#operate({ begin }, async (context) => {
      const lengths = [BigUint64Array.of(0n), BigUint64Array.of(0n)] as const;
      const measured = c.EVP_PKEY_encapsulate(context, null, lengths[0], null, lengths[1]);
      const [ciphertext, sharedSecret] = lengths.map(([length]) => secretBytes(Number(length)));
      if (measured !== 1 || !ciphertext || !sharedSecret) throw new Error("OpenSSL has no lengths");
      const given = [context, ciphertext, lengths[0], sharedSecret, lengths[1]] as const;
      const result =
        place === "here"
          ? c.EVP_PKEY_encapsulate(...given)
          : await inPool((done) => c.EVP_PKEY_encapsulate.async(...given, done));
      const [written, shared] = lengths.map(([length]) => Number(length));
      if (result !== 1) throw new Error("OpenSSL does not encapsulate");
      return {
        ciphertext: ciphertext.subarray(0, written),
        sharedSecret: sharedSecret.subarray(0, shared),
      };
    });
  }

  [Symbol.dispose](): void {
    if (this.#key !== undefined) openssl().EVP_PKEY_free(this.#key);
    this.#key = undefined;
  }

  [inspect.custom](): string {
    return "[OpensslKey]";
  }

  get #live(): Pointer {
    if (this.#key === undefined) throw new TypeError("the key was disposed of");
    return this.#key;
  }

  /** RSA's numbers are as long as the modulus (RFC 8017); OpenSSL takes shorter ones, which lost their zeros, too. */
  #isWhole(number: Uint8Array): boolean {
    return this.type !== "RSA" || number.length === openssl().EVP_PKEY_get_size(this.#live);
  }

  #signature(name: "sign" | "verify", scheme: SignatureScheme): Operation {
    const c = openssl();
    const algorithm = scheme.algorithm ?? this.type;
    const begin = (context: Pointer) =>
      scheme.over === "digest"
        ? c[`EVP_PKEY_${name}_init`](context)
        : c[`EVP_PKEY_${name}_message_init`](context, signatureAlgorithm(algorithm), null);
    return { begin, settings: scheme.settings };
  }

  /** Does one operation in a context of its own. */
  async #operate<T>(operation: Operation, work: (context: Pointer) => Promise<T>): Promise<T> {
    const c = openssl();
    const context = required(c.EVP_PKEY_CTX_new(this.#live, null), "EVP_PKEY_CTX_new");
    try {
      if (operation.begin(context) !== 1) throw new Error(`OpenSSL refuses a key of ${this.type}`);
      for (const [name, value] of operation.settings ?? [])
        if (c.EVP_PKEY_CTX_ctrl_str(context, name, value) !== 1)
          throw new Error(`OpenSSL refuses ${name} ${value} for a key of ${this.type}`);
      return await work(context);
    } finally {
      c.EVP_PKEY_CTX_free(context);
      c.ERR_clear_error();
    }
  }

  /** Turns one input into one output; undefined when OpenSSL refuses the input. */
  #transform(
    operation: Operation,
    name: Transform,
    input: Uint8Array,
    place: Place,
  ): Promise<Buffer | undefined> {
    const c = openssl();
    const call = c[`EVP_PKEY_${name}`];
    return this.#operate(operation, async (context) => {
      const length = BigUint64Array.of(0n);
      const from = copy(input);
      try {
        const measured = call(context, null, length, from, from.length);
        c.ERR_clear_error();
        if (measured !== 1) return undefined;
        const output = secretBytes(Number(length[0]));
        const result =
          place === "here"
            ? call(context, output, length, from, from.length)
            : await inPool((done) => call.async(context, output, length, from, from.length, done));
        if (result === 1) return output.subarray(0, Number(length[0]));
        output.fill(0);
        return undefined;
      } finally {
        from.fill(0);
      }
    });
  }
}

/** x-coordinates have at most 66 bytes (P-521). */
const longestSecret = 66;

/** Fetched once in a process: an algorithm is a constant of OpenSSL's. */
function signatureAlgorithm(name: string): Pointer {
  const known = signatures.get(name);
  if (known !== undefined) return known;
  const fetched = required(openssl().EVP_SIGNATURE_fetch(null, name, null), `signature ${name}`);
  signatures.set(name, fetched);
  return fetched;
}
