import { inspect } from "node:util";
import { deriveBytes, deriveKey } from "./kbkdf.ts";

/**
 * One generation of a KMS key's secret bytes. The bytes are private: they are used in place, wiped on dispose, and never
 * printed, whatever tries.
 */
export class KeyMaterial {
  readonly #bytes: Buffer;
  #hedgeKey: Buffer | undefined;

  /** Takes over the bytes: the caller must not use them again. */
  constructor(bytes: Buffer) {
    this.#bytes = bytes;
  }

  /** Lends the bytes to a function; they must not outlive it. */
  use<T>(work: (bytes: Uint8Array) => T): T {
    return work(this.#bytes);
  }

  /** Sub-key that hedges the salts of this material's messages. */
  get hedgeKey(): Uint8Array {
    this.#hedgeKey ??= deriveKey(this.#bytes, "kms/hedge/v1");
    return this.#hedgeKey;
  }

  /** The material's public id for one KMS key: 64 hex digits, the same whenever the same bytes meet the same key id. */
  idFor(keyId: string): string {
    return deriveBytes(
      this.#bytes,
      "keywright/material-id/v1",
      Buffer.from(keyId, "utf8"),
      32,
    ).toString("hex");
  }

  [Symbol.dispose](): void {
    this.#bytes.fill(0);
    this.#hedgeKey?.fill(0);
  }

  toJSON(): string {
    return "[KeyMaterial]";
  }

  [inspect.custom](): string {
    return "[KeyMaterial]";
  }
}
