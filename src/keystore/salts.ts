import { u64 } from "../base/bytes.ts";
import { hmacSha256, sha256 } from "../crypto/hash.ts";
import { randomBytes } from "../crypto/random.ts";

/**
 * Salts that stay apart even if the generator of the operating system repeats itself (a cloned machine): each is an HMAC
 * under a secret of its key's holder over random bytes, a counter, this process's boot id, the context and the plaintext.
 */
export function saltSource(): (
  hedgeKey: Uint8Array,
  bound: Uint8Array,
  plaintext: Uint8Array,
) => Buffer {
  const boot = randomBytes(16);
  let counter = 0;
  return (hedgeKey, bound, plaintext) =>
    hmacSha256(hedgeKey, randomBytes(32), u64(counter++), boot, sha256(bound), sha256(plaintext));
}
