import { inspect } from "node:util";
import { deriveBytes, deriveKey } from "./kbkdf.ts";

/**
 * One generation of a KMS key's secret bytes. The bytes are private: they are used in place, wiped on dispose, and never
 * printed, whatever tries.
 */
export class KeyMaterial {
  #bytes: Buffer | undefined;
  #hedgeKey: Buffer | undefined;

  /** Takes over the bytes: the caller must not use them again. */
  constructor(bytes: Buffer) {
    this.#bytes = bytes;
  }

  /** Lends the bytes to a function; they must not outlive it. Throws TypeError after dispose: wiped bytes are a known key. */
  use<T>(work: (bytes: Uint8Array) => T): T {
    if (this.#bytes === undefined) throw new TypeError("the key material was disposed of");
    return work(this.#bytes);
  }

  /** Sub-key that hedges the salts of this material's messages. */
  get hedgeKey(): Uint8Array {
    return this.use((bytes) => {
      this.#hedgeKey ??= deriveKey(bytes, "kms/hedge/v1");
      return this.#hedgeKey;
    });
  }

  /** The material's public id for one KMS key: 64 hex digits, the same whenever the same bytes meet the same key id. */
  idFor(keyId: string): string {
    const context = Buffer.from(keyId, "utf8");
    const id = this.use((bytes) => deriveBytes(bytes, "keywright/material-id/v1", context, 32));
    return id.toString("hex");
  }

  [Symbol.dispose](): void {
    this.#bytes?.fill(0);
    this.#hedgeKey?.fill(0);
    this.#bytes = undefined;
  }

  toJSON(): string {
    return "[KeyMaterial]";
  }

  [inspect.custom](): string {
    return "[KeyMaterial]";
  }
}
