import { inspect } from "node:util";
import { deriveBytes } from "./kbkdf.ts";
import { OpensslKey } from "./openssl-key.ts";

/** Label of the derivation of a material's id. */
export const materialIdLabel = "keywright/material-id/v1";

/**
 * One generation of a KMS key's secret bytes. The bytes are private: they are used in place, wiped on dispose, and never
 * printed, whatever tries.
 */
export class KeyMaterial {
  #bytes: Buffer | undefined;
  #privateKey: OpensslKey | undefined;

  /** Takes over the bytes: the caller must not use them again. */
  constructor(bytes: Buffer) {
    this.#bytes = bytes;
  }

  /** Lends the bytes to a function; they must not outlive it. Throws TypeError after dispose: wiped bytes are a known key. */
  use<T>(work: (bytes: Uint8Array) => T): T {
    if (this.#bytes === undefined) throw new TypeError("the key material was disposed of");
    return work(this.#bytes);
  }

  /** The private key of asymmetric material, read once. Throws TypeError for material that is no PKCS#8 PrivateKeyInfo. */
  get privateKey(): OpensslKey {
    return this.use((bytes) => {
      this.#privateKey ??= OpensslKey.fromPkcs8(bytes);
      if (this.#privateKey === undefined) throw new TypeError("this material is no private key");
      return this.#privateKey;
    });
  }

  /** The material's public id for one KMS key: 64 hex digits, the same whenever the same bytes meet the same key id. */
  idFor(keyId: string): string {
    const context = Buffer.from(keyId, "utf8");
    const id = this.use((bytes) => deriveBytes(bytes, materialIdLabel, context, 32));
    return id.toString("hex");
  }

  [Symbol.dispose](): void {
    this.#bytes?.fill(0);
    this.#privateKey?.[Symbol.dispose]();
    this.#privateKey = undefined;
    this.#bytes = undefined;
  }

  toJSON(): string {
    return "[KeyMaterial]";
  }

  [inspect.custom](): string {
    return "[KeyMaterial]";
  }
}
