import { decryptGcm, encryptGcm } from "./gcm.ts";
import { equalBytes, writeSha256 } from "./hash.ts";
import { blockInput } from "./kbkdf.ts";
import { Memory } from "./openssl-memory.ts";
import { MessageHmac } from "./prepared-hmac.ts";

/**
 * The one authenticated encryption of the service: a fresh key for every message, committed to.
 *
 *     context  = SHA-256(domain ‖ header ‖ bound)
 *     K ‖ IV ‖ C = KBKDF-CTR-HMAC-SHA-256(key, label, context, 32 + 12 + 32 bytes)
 *     sealed   = header ‖ C ‖ AES-256-GCM(K, IV, plaintext, AAD = header ‖ C ‖ bound) ‖ tag
 *
 * INVARIANT: the header ends in a 32-byte salt that is never used twice with one key, so K and IV are fresh for every
 * message and a fixed use of the derived IV repeats no nonce. C commits to key, header and bound bytes.
 */
export interface SealPurpose {
  readonly domain: string;
  readonly label: string;
}

export const saltLength = 32;
const commitmentLength = 32;
const tagLength = 16;
const ivLength = 12;

/** Bytes that sealing adds behind the header. */
export const sealOverhead = commitmentLength + tagLength;

/** A key as the construction uses it, prepared once for many messages. Disposed, it holds nothing of the key. */
export class SealingKey implements Disposable {
  readonly #domain: Buffer;
  readonly #hmac: MessageHmac;
  /** Where the context of the derivation stands in what is authenticated. */
  readonly #contextAt: number;

  constructor({ domain, label }: SealPurpose, key: Uint8Array) {
    this.#domain = Buffer.from(domain, "latin1");
    const input = blockInput(label, emptyContext, derivedLength);
    this.#hmac = new MessageHmac(key, input.length);
    this.#hmac.message.set(input);
    this.#contextAt = input.length - 4 - emptyContext.length;
  }

  /** Seals a plaintext; `bound` is authenticated but not stored. Returns header ‖ commitment ‖ ciphertext ‖ tag. */
  seal(header: Uint8Array, bound: Uint8Array, plaintext: Uint8Array): Buffer {
    this.#derive(header, bound);
    const bodyAt = header.length + commitmentLength;
    const sealed = Buffer.allocUnsafe(header.length + plaintext.length + sealOverhead);
    sealed.set(header);
    sealed.set(commitment, header.length);
    const parts = [sealed.subarray(0, bodyAt), bound];
    encryptGcm(messageKey, parts, plaintext, sealed.subarray(bodyAt));
    messageKey.key.bytes.fill(0);
    return sealed;
  }

  /**
   * Opens what `seal` made; undefined when anything (key, header, bound bytes, a single bit) differs. A wrong commitment is
   * refused only after the decryption ran, so all failures cost the same work.
   */
  open(headerLength: number, bound: Uint8Array, sealed: Uint8Array): Buffer | undefined {
    if (sealed.length < headerLength + sealOverhead) return undefined;
    const bodyAt = headerLength + commitmentLength;
    this.#derive(sealed.subarray(0, headerLength), bound);
    const parts = [sealed.subarray(0, bodyAt), bound];
    const plaintext = decryptGcm(messageKey, parts, sealed.subarray(bodyAt));
    messageKey.key.bytes.fill(0);
    const committed = equalBytes(sealed.subarray(headerLength, bodyAt), commitment);
    if (committed) return plaintext;
    plaintext?.fill(0);
    return undefined;
  }

  [Symbol.dispose](): void {
    this.#hmac[Symbol.dispose]();
  }

  /** Derives what a message is sealed with; the caller wipes the key. It stands in `messageKey` and `commitment` until the next is derived. */
  #derive(header: Uint8Array, bound: Uint8Array): void {
    const domain = this.#domain;
    const length = domain.length + header.length + bound.length;
    const named = length <= scratch.length ? scratch : Buffer.allocUnsafe(length);
    named.set(domain);
    named.set(header, domain.length);
    named.set(bound, domain.length + header.length);
    const { message } = this.#hmac;
    writeSha256(named.subarray(0, length), message, this.#contextAt);
    message[counterAt] = 1;
    this.#hmac.writeKey(messageKey.key);
    message[counterAt] = 2;
    this.#hmac.write(published, 0);
    message[counterAt] = 3;
    this.#hmac.write(published, blockLength);
  }
}

/** Length of a block of the derivation: the first is the message's key, the others are IV and commitment. */
const blockLength = 32;
const derivedLength = blockLength + ivLength + commitmentLength;
const emptyContext = Buffer.alloc(32);
/** The counter has four bytes, and never needs more than the last. */
const counterAt = 3;

/** What usual messages are named by; others have room of their own. */
const scratch = Buffer.alloc(1_024);
/** Nothing here is secret: the commitment is published, and the IV is nothing without the key that is used with it once. */
const published = Buffer.alloc(2 * blockLength);
const messageKey = { key: new Memory(blockLength), iv: published.subarray(0, ivLength) };
const commitment = published.subarray(ivLength, ivLength + commitmentLength);

/** Seals one message under a key (see SealingKey). */
export function seal(
  purpose: SealPurpose,
  key: Uint8Array,
  header: Uint8Array,
  bound: Uint8Array,
  plaintext: Uint8Array,
): Buffer {
  using prepared = new SealingKey(purpose, key);
  return prepared.seal(header, bound, plaintext);
}

/** Opens one message (see SealingKey). */
export function open(
  purpose: SealPurpose,
  key: Uint8Array,
  headerLength: number,
  bound: Uint8Array,
  sealed: Uint8Array,
): Buffer | undefined {
  using prepared = new SealingKey(purpose, key);
  return prepared.open(headerLength, bound, sealed);
}
