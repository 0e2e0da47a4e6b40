import { writeSha256 } from "../crypto/hash.ts";
import { MessageHmac } from "../crypto/prepared-hmac.ts";
import { PublicRandom, randomBytes } from "../crypto/random.ts";

/** Random bytes, counter, boot id. */
const drawnLength = 32 + 8 + 16;
/** Bytes of context and plaintext that are authenticated as they are; of more, their hashes. */
const usualLength = 512;
const hashLength = 32;

/** What hedges the salts of a key's messages, from a secret of its holder. */
export function saltHedge(hedgeKey: Uint8Array): MessageHmac {
  return new MessageHmac(hedgeKey, drawnLength + usualLength);
}

/** Writes a fresh salt of 32 bytes to a place in a header. `bound` tells where it ends itself. */
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
  const drawn = Buffer.alloc(drawnLength);
  const fresh = drawn.subarray(0, 32);
  drawn.set(randomBytes(16), 40);
  let counter = 0;
  return (header, at, hedge, bound, plaintext) => {
    random.fill(fresh);
    drawn.writeUIntBE(counter++, 34, 6);
    const { message } = hedge;
    message.set(drawn);
    const length = bound.length + plaintext.length;
    if (length <= usualLength) {
      message.set(bound, drawnLength);
      message.set(plaintext, drawnLength + bound.length);
      hedge.write(header, at, drawnLength + length);
      message.fill(0, drawnLength, drawnLength + length);
    } else {
      writeSha256(bound, message, drawnLength);
      writeSha256(plaintext, message, drawnLength + hashLength);
      hedge.write(header, at, drawnLength + 2 * hashLength);
    }
  };
}
