import type { KmsKey } from "../model/key.ts";
import { keyAggregate } from "../model/key.ts";

/** Whole keys in memory, as many as fit into so many bytes; those that came first go first. */
export class KnownKeys {
  readonly #most: number;
  readonly #keys = new Map<string, KmsKey>();
  /** The same keys; of those that share an id in several regions, one. */
  readonly #byId = new Map<string, KmsKey>();
  #bytes = 0;

  constructor(most: number) {
    this.#most = most;
  }

  get(aggregate: string): KmsKey | undefined {
    return this.#keys.get(aggregate);
  }

  /** The same as `get`, without writing the aggregate's name. */
  at(account: string, region: string, keyId: string): KmsKey | undefined {
    const key = this.#byId.get(keyId);
    if (key?.account === account && key.region === region) return key;
    return this.get(keyAggregate(account, region, keyId));
  }

  /** Keeps a key, unless a newer state of it is there: returns the newest. One that is larger than everything else together is not kept. */
  keep(key: KmsKey): KmsKey {
    const { aggregate, version } = key.version;
    const known = this.#keys.get(aggregate);
    if (known !== undefined && known.version.version >= version) return known;
    this.forget(aggregate);
    const bytes = bytesOf(key);
    if (bytes > this.#most) return key;
    for (const oldest of this.#keys.keys()) {
      if (this.#bytes + bytes <= this.#most) break;
      this.forget(oldest);
    }
    this.#keys.set(aggregate, key);
    this.#byId.set(key.keyId, key);
    this.#bytes += bytes;
    return key;
  }

  forget(aggregate: string): void {
    const key = this.#keys.get(aggregate);
    if (key === undefined) return;
    this.#keys.delete(aggregate);
    if (this.#byId.get(key.keyId) === key) this.#byId.delete(key.keyId);
    this.#bytes -= bytesOf(key);
  }
}

/** About what a key takes in memory with what is made of it: its compiled policy, its grants as the decision reads them, its unwrapped material. */
export function bytesOf({ policy, grants, aliases, materials, tags }: KmsKey): number {
  return (
    4_096 +
    11 * policy.length +
    1_024 * grants.length +
    512 * (aliases.length + tags.length + materials.length)
  );
}
