import { hmacSha256 } from "../crypto/hash.ts";
import { deriveKey } from "../crypto/kbkdf.ts";
import { randomBytes } from "../crypto/random.ts";
import { unwrap, wrap } from "../crypto/wrap.ts";
import type { RootKey } from "./root.ts";

/** The region of identities, which belong to an account as a whole. */
export const globalRegion = "aws-global";

/** Whose domain it is. */
export interface DomainId {
  readonly account: string;
  readonly region: string;
  readonly epoch: number;
}

/** The keys of one account in one region: one sub-key for each purpose, never the domain key itself. */
export class Domain {
  readonly id: DomainId;
  readonly #rowKey: Uint8Array;
  readonly #wrapKey: Uint8Array;
  readonly #tokenKey: Uint8Array;

  constructor(id: DomainId, domainKey: Uint8Array) {
    this.id = id;
    this.#rowKey = deriveKey(domainKey, "keywright/row/v1");
    this.#wrapKey = deriveKey(domainKey, "keywright/wrap-key/v1");
    this.#tokenKey = deriveKey(domainKey, "keywright/token/v1");
  }

  /** Key of the row seals. Behind an accessor, so that nothing that prints a domain prints it. */
  get rowKey(): Uint8Array {
    return this.#rowKey;
  }

  /** Wraps a secret of this account and region, bound to what it is (`material`, key id, material id, …). */
  wrap(identity: readonly string[], secret: Uint8Array): Buffer {
    return wrap(this.#wrapKey, this.#bind(identity), secret);
  }

  unwrap(identity: readonly string[], wrapped: Uint8Array): Buffer {
    return unwrap(this.#wrapKey, this.#bind(identity), wrapped);
  }

  /** Authenticates a token that the service hands out and takes back. */
  tokenMac(token: Uint8Array): Buffer {
    return hmacSha256(this.#tokenKey, token);
  }

  /** Overwrites its keys; nothing can be opened with them again. */
  wipe(): void {
    for (const key of [this.#rowKey, this.#wrapKey, this.#tokenKey]) key.fill(0);
  }

  toJSON(): string {
    return "[Domain]";
  }

  #bind(identity: readonly string[]): readonly string[] {
    return [this.id.region, this.id.account, String(this.id.epoch), ...identity];
  }
}

/** A new domain key wrapped under the root key, and the domain that it opens. */
export function createDomain(
  root: RootKey,
  id: DomainId,
): { readonly domain: Domain; readonly wrapped: Buffer } {
  const key = randomBytes(32);
  const wrapped = root.wrap(domainIdentity(id), key);
  const domain = new Domain(id, key);
  key.fill(0);
  return { domain, wrapped };
}

/** Opens a wrapped domain key. Throws IntegrityError when it is not this domain's. */
export function openDomain(root: RootKey, id: DomainId, wrapped: Uint8Array): Domain {
  const key = root.unwrap(domainIdentity(id), wrapped);
  const domain = new Domain(id, key);
  key.fill(0);
  return domain;
}

/** A domain key wrapped under another version of the root key. Throws IntegrityError when it is not this domain's. */
export function rewrapDomain(
  from: RootKey,
  to: RootKey,
  id: DomainId,
  wrapped: Uint8Array,
): Buffer {
  const key = from.unwrap(domainIdentity(id), wrapped);
  const rewrapped = to.wrap(domainIdentity(id), key);
  key.fill(0);
  return rewrapped;
}

function domainIdentity({ account, region, epoch }: DomainId): readonly string[] {
  return ["domain-key", region, account, String(epoch)];
}
