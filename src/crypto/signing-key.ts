import { createHmac } from "node:crypto";
import { PreparedHmac } from "./prepared-hmac.ts";

/** Derives the key that signs for one day, region and service from a secret access key. */
export function deriveSigningKey(
  secret: Uint8Array,
  date: string,
  region: string,
  service: string,
): PreparedHmac {
  const seed = Buffer.concat([prefix, secret]);
  let key = seed;
  for (const part of [date, region, service, "aws4_request"]) {
    const next = createHmac("sha256", key).update(part, "utf8").digest();
    key.fill(0);
    key = next;
  }
  const signingKey = new PreparedHmac(key);
  key.fill(0);
  return signingKey;
}

const prefix = Buffer.from("AWS4", "latin1");
const scopesPerOwner = 8;

/** Signing keys by their owner and scope, forgotten with the owner; bounded, because scopes are the client's choice. */
export class SigningKeys {
  /** Filled by `keep` only: a scope enters after a signature proved that its sender knows the secret. */
  readonly #keys = new WeakMap<object, Map<string, PreparedHmac>>();

  find(owner: object, scope: string): PreparedHmac | undefined {
    return this.#keys.get(owner)?.get(scope);
  }

  keep(owner: object, scope: string, key: PreparedHmac): void {
    const kept = this.#keys.get(owner) ?? new Map<string, PreparedHmac>();
    if (kept.size >= scopesPerOwner) forgetAll(kept);
    kept.set(scope, key);
    this.#keys.set(owner, kept);
  }

  /** Wipes the keys of an owner. */
  wipe(owner: object): void {
    forgetAll(this.#keys.get(owner));
    this.#keys.delete(owner);
  }
}

function forgetAll(keys: Map<string, PreparedHmac> | undefined): void {
  for (const key of keys?.values() ?? []) key[Symbol.dispose]();
  keys?.clear();
}
