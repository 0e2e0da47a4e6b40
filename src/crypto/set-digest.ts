import { hmacSha256 } from "./hash.ts";

const modulus = 1n << 256n;

/**
 * A digest of a set that keeps up as elements come and go: the sum, modulo 2^256, of an HMAC of each element under a secret
 * key, in any order. The sum itself never leaves this object: what is shown is an HMAC of it, so nobody without the key can
 * learn what a change adds, or look for another set with the same digest.
 */
export class SetDigest {
  readonly #key: Uint8Array;
  #sum: bigint;

  constructor(key: Uint8Array, sum = 0n) {
    this.#key = key;
    this.#sum = sum;
  }

  add(element: string): void {
    this.#sum = (this.#sum + this.#weight(element)) % modulus;
  }

  /** Takes away an element that is in the set. */
  remove(element: string): void {
    this.#sum = (this.#sum + modulus - this.#weight(element)) % modulus;
  }

  /** A digest of the same set that goes its own way. */
  copy(): SetDigest {
    return new SetDigest(this.#key, this.#sum);
  }

  /** The digest: 32 bytes. */
  digest(): Buffer {
    return hmacSha256(
      this.#key,
      "sum",
      Buffer.from(this.#sum.toString(16).padStart(64, "0"), "hex"),
    );
  }

  #weight(element: string): bigint {
    return BigInt(`0x${hmacSha256(this.#key, "element", element).toString("hex")}`);
  }
}
