import { IntegrityError } from "../base/errors.ts";
import { deriveKey } from "../crypto/kbkdf.ts";
import { randomBytes } from "../crypto/random.ts";
import { unwrap, wrap } from "../crypto/wrap.ts";
import type { RootSource } from "./root/source.ts";

/** One version of a root key on its way to another thread. */
export interface RootKeyCopy {
  readonly version: number;
  readonly bytes: Uint8Array<ArrayBuffer>;
}

/**
 * The top of the key hierarchy in memory: wraps domain keys, seals rows that belong to no account. While a rotation is
 * under way a deployment has two versions of it.
 */
export class RootKey {
  readonly version: number;
  readonly #bytes: Buffer;
  #others: readonly RootKey[];

  /** Takes over the bytes. */
  constructor(bytes: Buffer, version = 1, others: readonly RootKey[] = []) {
    this.#bytes = bytes;
    this.version = version;
    this.#others = others;
  }

  static generate(version = 1): RootKey {
    return new RootKey(randomBytes(32), version);
  }

  /** A version of this key. Throws IntegrityError when the deployment has none such. */
  at(version: number): RootKey {
    const found = [this, ...this.#others].find((each) => each.version === version);
    if (found === undefined) throw new IntegrityError(`there is no root key version ${version}`);
    return found;
  }

  /** The same key, which knows other versions, too. */
  beside(others: readonly RootKey[]): RootKey {
    this.#others = others;
    return this;
  }

  wrap(identity: readonly string[], secret: Uint8Array): Buffer {
    return wrap(this.#bytes, identity, secret);
  }

  unwrap(identity: readonly string[], wrapped: Uint8Array): Buffer {
    return unwrap(this.#bytes, identity, wrapped);
  }

  /** Key of the row seals of deployment-wide tables. */
  rowKey(): Buffer {
    return deriveKey(this.#bytes, "keywright/row/v1");
  }

  /** Key of the digest over the versions of everything stored. */
  stateKey(): Buffer {
    return deriveKey(this.#bytes, "keywright/state/v1");
  }

  wrapUnder(source: RootSource, deployment: string): Promise<Buffer> {
    return source.wrap({ deployment, version: this.version }, this.#bytes);
  }

  /** Copies of all versions, the one in force first, for another thread: whoever gets them wipes them. */
  copies(): readonly RootKeyCopy[] {
    return [this, ...this.#others].map((key) => {
      // Outside V8's heap: an array inside it leaves its bytes there when it moves to another thread.
      const bytes = new Uint8Array(new ArrayBuffer(key.#bytes.length));
      bytes.set(key.#bytes);
      return { version: key.version, bytes };
    });
  }

  /** The key whose copies these are; takes them over. Throws TypeError when there are none. */
  static ofCopies(copies: readonly RootKeyCopy[]): RootKey {
    const [first, ...others] = copies.map(
      ({ version, bytes }) => new RootKey(Buffer.from(bytes.buffer), version),
    );
    if (first === undefined) throw new TypeError("there is no version of the root key");
    return first.beside(others);
  }

  /** Overwrites all versions; none can be used again. */
  wipe(): void {
    for (const key of [this, ...this.#others]) key.#bytes.fill(0);
  }

  toJSON(): string {
    return "[RootKey]";
  }
}
