import { secretBytes } from "../base/secret-bytes.ts";
import type { Pointer } from "./openssl.ts";
import { openssl } from "./openssl.ts";
import { lengthOf, Memory, placeOf, required } from "./openssl-memory.ts";

const keyLength = 32;
const ivLength = 12;
const tagLength = 16;
/** OpenSSL's numbers (openssl/evp.h). */
const setTag = 0x11;
const getTag = 0x10;
const [decrypts, encrypts] = [0, 1];

const noKey = new Memory(keyLength);
const noIv = new Memory(ivLength);
/** What OpenSSL says and is known already: how much it wrote, and the end, which is nothing. */
const written = new Memory(Int32Array.BYTES_PER_ELEMENT);
const nothing = new Memory(1);
const tag = new Memory(tagLength);
const joined = new Memory(1_024);

/** A message's key, used for it alone, and the IV. */
interface MessageKey {
  readonly key: Uint8Array | Memory;
  readonly iv: Uint8Array | Memory;
}

let context: Pointer | undefined;

/**
 * The one context of this thread: making one for each message takes longer than to encrypt it. INVARIANT (memory): nobody else sees it; each call ends
 * with a key of zeros in it; OpenSSL writes as many bytes as it reads, and the buffers have room for them.
 */
function begin({ key, iv }: MessageKey, direction: number): Pointer {
  if (lengthOf(key) !== keyLength || lengthOf(iv) !== ivLength)
    throw new RangeError("AES-256-GCM takes a key of 32 bytes and an IV of 12");
  const c = openssl();
  if (context === undefined) {
    const made = required(c.EVP_CIPHER_CTX_new(), "EVP_CIPHER_CTX_new");
    const cipher = required(c.EVP_aes_256_gcm(), "EVP_aes_256_gcm");
    succeed(c.EVP_CipherInit_ex(made, cipher, null, null, null, encrypts));
    context = made;
  }
  succeed(c.EVP_CipherInit_ex(context, null, null, placeOf(key), placeOf(iv), direction));
  return context;
}

function end(used: Pointer): void {
  const { address } = noKey;
  succeed(openssl().EVP_CipherInit_ex(used, null, null, address, noIv.address, encrypts));
}

function succeed(result: number): void {
  if (result === 1) return;
  openssl().ERR_clear_error();
  throw new Error("OpenSSL does not encrypt");
}

/** Takes in the first bytes of an input, and gives them out encrypted or decrypted. */
function transform(used: Pointer, input: Uint8Array, count: number, output: Uint8Array): void {
  if (input.length < count || output.length < count) throw new RangeError("no room for a text");
  if (count > 0) succeed(openssl().EVP_CipherUpdate(used, output, written.address, input, count));
}

/** Takes in what is authenticated only: at once where it is as short as usual, because a call costs more than to join it. */
function authenticate(used: Pointer, parts: readonly Uint8Array[]): void {
  const c = openssl();
  let count = 0;
  for (const part of parts) count += part.length;
  if (count === 0) return;
  if (count > joined.bytes.length) {
    for (const part of parts)
      succeed(c.EVP_CipherUpdate(used, null, written.address, part, part.length));
    return;
  }
  let at = 0;
  for (const part of parts) {
    joined.bytes.set(part, at);
    at += part.length;
  }
  succeed(c.EVP_CipherUpdate(used, null, written.address, joined.address, count));
}

/** Writes the ciphertext of a message and its tag of 16 bytes with AES-256-GCM (NIST SP 800-38D); the parts are authenticated in their order. */
export function encryptGcm(
  messageKey: MessageKey,
  parts: readonly Uint8Array[],
  plaintext: Uint8Array,
  target: Uint8Array,
): void {
  if (target.length !== plaintext.length + tagLength)
    throw new RangeError("no room for a ciphertext and its tag");
  const c = openssl();
  const used = begin(messageKey, encrypts);
  authenticate(used, parts);
  transform(used, plaintext, plaintext.length, target);
  succeed(c.EVP_CipherFinal_ex(used, nothing.address, written.address));
  succeed(c.EVP_CIPHER_CTX_ctrl(used, getTag, tagLength, tag.address));
  target.set(tag.bytes, plaintext.length);
  end(used);
}

/** The plaintext of a ciphertext with its tag behind it; undefined when key, IV, parts or any bit of it differ. */
export function decryptGcm(
  messageKey: MessageKey,
  parts: readonly Uint8Array[],
  sealed: Uint8Array,
): Buffer | undefined {
  const tagAt = sealed.length - tagLength;
  if (tagAt < 0) return undefined;
  const c = openssl();
  const plaintext = secretBytes(tagAt);
  const used = begin(messageKey, decrypts);
  authenticate(used, parts);
  transform(used, sealed, tagAt, plaintext);
  succeed(c.EVP_CIPHER_CTX_ctrl(used, setTag, tagLength, sealed.subarray(tagAt)));
  const isGenuine = c.EVP_CipherFinal_ex(used, nothing.address, written.address) === 1;
  end(used);
  if (isGenuine) return plaintext;
  c.ERR_clear_error();
  plaintext.fill(0);
  return undefined;
}
