import { hmacSha256 } from "./hash.ts";
import { PreparedHmac } from "./prepared-hmac.ts";

const modulus = 1n << 256n;

/**
 * A digest of a set, however large and in whatever order it comes: the sum, modulo 2^256, of an HMAC of each element under a secret
 * key. The sum itself never leaves this object: what is shown is an HMAC of it, so nobody without the key can learn what an
 * element adds, or look for another set with the same digest.
 */
export class SetDigest {
  readonly #key: Uint8Array;
  readonly #weights: PreparedHmac;
  #sum = 0n;

  constructor(key: Uint8Array) {
    this.#key = key;
    this.#weights = new PreparedHmac(key);
  }

  add(element: string): void {
    const weight = this.#weights.digest(`element${element}`).toString("hex");
    this.#sum = (this.#sum + BigInt(`0x${weight}`)) % modulus;
  }

  /** The digest: 32 bytes. */
  digest(): Buffer {
    const sum = Buffer.from(this.#sum.toString(16).padStart(64, "0"), "hex");
    return hmacSha256(this.#key, "sum", sum);
  }
}
