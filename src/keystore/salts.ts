import { hash } from "node:crypto";
import { MessageHmac } from "../crypto/prepared-hmac.ts";
import { PublicRandom, randomBytes } from "../crypto/random.ts";

/** Random bytes, counter, boot id, two digests. */
const inputLength = 32 + 8 + 16 + 32 + 32;

/** What hedges the salts of a key's messages, from a secret of its holder. */
export function saltHedge(hedgeKey: Uint8Array): MessageHmac {
  return new MessageHmac(hedgeKey, inputLength);
}

/** Writes a fresh salt of 32 bytes to a place in a header. */
export type WriteSalt = (
  header: Buffer,
  at: number,
  hedge: MessageHmac,
  bound: Uint8Array,
  plaintext: Uint8Array,
) => void;

/**
 * Salts that stay apart even if the generator of the operating system repeats itself (a cloned machine): each is an HMAC
 * under a secret of its key's holder over random bytes, a counter, this process's boot id, the context and the plaintext.
 */
export function saltSource(): WriteSalt {
  const random = new PublicRandom();
  const input = Buffer.alloc(inputLength);
  const drawn = input.subarray(0, 32);
  input.set(randomBytes(16), 40);
  let counter = 0;
  return (header, at, hedge, bound, plaintext) => {
    random.fill(drawn);
    input.writeUIntBE(counter++, 34, 6);
    input.write(hash("sha256", bound, "latin1"), 56, "latin1");
    input.write(hash("sha256", plaintext, "latin1"), 88, "latin1");
    hedge.message.set(input);
    hedge.writePublic(header, at);
  };
}
