import { hmacSha256, sha256 } from "../crypto/hash.ts";
import { PublicRandom, randomBytes } from "../crypto/random.ts";

/**
 * Salts that stay apart even if the generator of the operating system repeats itself (a cloned machine): each is an HMAC
 * under a secret of its key's holder over random bytes, a counter, this process's boot id, the context and the plaintext.
 */
export function saltSource(): (
  hedgeKey: Uint8Array,
  bound: Uint8Array,
  plaintext: Uint8Array,
) => Buffer {
  const random = new PublicRandom();
  // Random bytes, counter, boot id, two digests.
  const input = Buffer.alloc(32 + 8 + 16 + 32 + 32);
  const drawn = input.subarray(0, 32);
  input.set(randomBytes(16), 40);
  let counter = 0n;
  return (hedgeKey, bound, plaintext) => {
    random.fill(drawn);
    input.writeBigUInt64BE(counter++, 32);
    input.set(sha256(bound), 56);
    input.set(sha256(plaintext), 88);
    return hmacSha256(hedgeKey, input);
  };
}
