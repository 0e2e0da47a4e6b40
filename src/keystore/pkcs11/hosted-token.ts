import { randomBytes } from "../../crypto/random.ts";
import type { Cryptoki } from "./cryptoki.ts";
import { CryptokiError, loadCryptoki } from "./cryptoki.ts";
import { findToken } from "./find-token.ts";
import { findKey, generateKey } from "./keys.ts";
import type { KeyKind, SealedBytes, TokenCalls } from "./protocol.ts";
import type { Session } from "./sessions.ts";
import { Sessions } from "./sessions.ts";
import { cryptoki, gcmParameters, initializeArguments, mechanism, word } from "./structures.ts";
import { TokenError } from "./token-error.ts";

const macLength = 32;
const nonceLength = 12;
const tagLength = 16;

/** Return values that say that a ciphertext is not what this key made; SoftHSM has only the general one for a wrong tag. */
const refusals: readonly number[] = [0x5, 0x6, 0x40, 0x41];
const isRefusal = (error: CryptokiError): boolean =>
  error.function === "C_Decrypt" && refusals.includes(error.value);
/** Return values that say that a handle no longer leads to a key. */
const staleHandle: readonly number[] = [0x60, 0x82];

/** The calls of one token, answered in the process that holds the module. */
export class HostedToken implements TokenCalls {
  #opened: { readonly call: Cryptoki; readonly sessions: Sessions } | undefined;
  readonly #handles = new Map<string, bigint>();

  async open(module: string, label: string, pin: Uint8Array): Promise<void> {
    const call = loadCryptoki(module);
    await call("C_Initialize", initializeArguments());
    const sessions = new Sessions(call, await findToken(call, label));
    await sessions.login(pin);
    pin.fill(0);
    this.#opened = { call, sessions };
  }

  generateKey(name: string, kind: KeyKind) {
    return this.#use(async (call, session) => {
      const handle = await generateKey(call, session, name, kind);
      return { handle: String(handle) };
    });
  }

  hasKey(name: string, kind: KeyKind): Promise<boolean> {
    return this.#use(
      async (call, session) => (await findKey(call, session, name, kind)) !== undefined,
    );
  }

  destroyKey(name: string, kind: KeyKind): Promise<boolean> {
    return this.#use(async (call, session) => {
      const handle = await findKey(call, session, name, kind);
      this.#handles.delete(`${kind}/${name}`);
      if (handle !== undefined) await call("C_DestroyObject", session, handle);
      return handle !== undefined;
    });
  }

  hmac(name: string, message: Uint8Array): Promise<Uint8Array> {
    return this.#withKey(name, "hmac", async (call, session, key) => {
      const mac = Buffer.alloc(macLength);
      const length = word(mac.length);
      await call("C_SignInit", session, mechanism(cryptoki.CKM_SHA256_HMAC), key);
      await call("C_Sign", session, message, BigInt(message.length), mac, length);
      return exactly(mac, length);
    });
  }

  encrypt(name: string, plaintext: Uint8Array, bound: Uint8Array): Promise<SealedBytes> {
    return this.#withKey(name, "aes", async (call, session, key) => {
      const nonce = randomBytes(nonceLength);
      const ciphertext = Buffer.alloc(plaintext.length + tagLength);
      const length = word(ciphertext.length);
      const gcm = mechanism(cryptoki.CKM_AES_GCM, gcmParameters(nonce, bound));
      await call("C_EncryptInit", session, gcm, key);
      await call("C_Encrypt", session, plaintext, BigInt(plaintext.length), ciphertext, length);
      return { nonce, ciphertext: exactly(ciphertext, length) };
    });
  }

  decrypt(name: string, sealed: SealedBytes, bound: Uint8Array): Promise<Uint8Array | undefined> {
    const { nonce, ciphertext } = sealed;
    if (nonce.length !== nonceLength || ciphertext.length < tagLength)
      return Promise.resolve(undefined);
    return this.#withKey(name, "aes", async (call, session, key) => {
      // Some modules want room for the tag while they work.
      const plaintext = Buffer.alloc(ciphertext.length);
      const length = word(plaintext.length);
      const gcm = mechanism(cryptoki.CKM_AES_GCM, gcmParameters(nonce, bound));
      await call("C_DecryptInit", session, gcm, key);
      await call("C_Decrypt", session, ciphertext, BigInt(ciphertext.length), plaintext, length);
      return plaintext.subarray(0, Number(length.readBigUInt64LE()));
    }).catch((error: unknown) => {
      if (error instanceof CryptokiError && isRefusal(error)) return undefined;
      throw error;
    });
  }

  randomBytes(length: number): Promise<Uint8Array> {
    return this.#use(async (call, session) => {
      const bytes = Buffer.alloc(length);
      await call("C_GenerateRandom", session, bytes, BigInt(length));
      return bytes;
    });
  }

  async close(): Promise<void> {
    await this.#opened?.call("C_Finalize", null);
    this.#opened = undefined;
  }

  #use<T>(work: (call: Cryptoki, session: Session) => Promise<T>): Promise<T> {
    if (this.#opened === undefined) throw new TokenError("no token is open");
    const { call, sessions } = this.#opened;
    return sessions.use((session) => work(call, session));
  }

  /** Works with a key whose handle is looked up once; a handle that went stale is looked up again, once. */
  async #withKey<T>(
    name: string,
    kind: KeyKind,
    work: (call: Cryptoki, session: Session, key: bigint) => Promise<T>,
  ): Promise<T> {
    const cacheName = `${kind}/${name}`;
    const known = this.#handles.get(cacheName);
    if (known !== undefined)
      try {
        return await this.#use((call, session) => work(call, session, known));
      } catch (error) {
        if (!(error instanceof CryptokiError && staleHandle.includes(error.value))) throw error;
        this.#handles.delete(cacheName);
      }
    return this.#use(async (call, session) => {
      const handle = await findKey(call, session, name, kind);
      if (handle === undefined) throw new TokenError(`the token has no key \`${name}\``);
      this.#handles.set(cacheName, handle);
      return work(call, session, handle);
    });
  }
}

/** What a function wrote. Less than was announced is a fault of the module, and never a shorter MAC. */
function exactly(bytes: Buffer, length: Buffer): Buffer {
  if (length.readBigUInt64LE() === BigInt(bytes.length)) return bytes;
  throw new TokenError("the PKCS#11 module answered with a wrong length");
}
