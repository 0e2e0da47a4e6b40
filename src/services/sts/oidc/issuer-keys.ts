import type { JSONWebKeySet } from "jose";
import { createLocalJWKSet } from "jose";
import { minute, second } from "../../../base/clock.ts";
import { isJsonObject, readJsonBytes } from "../../../base/json.ts";
import type { FetchDocument } from "./documents.ts";
import { DocumentError } from "./documents.ts";

/** The public keys of an issuer. */
export type IssuerKeys = ReturnType<typeof createLocalJWKSet>;

/** A key set that was asked for, and when. */
interface Asked {
  readonly at: number;
  readonly keys: Promise<IssuerKeys>;
}

interface Kept extends Asked {
  failed: boolean;
  /** The newest try to get a key that these lack. */
  renewal?: Asked;
}

const longestKept = 60 * minute;
/** A token with an unknown key asks for a new key set, but not more often: strangers make such tokens. */
const renewedEvery = minute;
const failureKept = 5 * second;

/** The key sets of issuers, fetched when first needed and kept within bounds of time and number. */
export class KeySets {
  readonly #fetch: FetchDocument;
  readonly #capacity: number;
  readonly #kept = new Map<string, Kept>();

  constructor(fetch: FetchDocument, capacity = 100) {
    this.#fetch = fetch;
    this.#capacity = capacity;
  }

  /**
   * The keys of an issuer; newer ones, if those that are kept lack one. Rejects when they cannot be had. Keys that are kept stay
   * when newer ones cannot be had: else anybody could shut out an issuer's subjects while it is down.
   */
  find(issuer: string, now: Date, lacking = false): Promise<IssuerKeys> {
    const kept = this.#kept.get(issuer);
    if (kept === undefined || !isWithin(kept, now, kept.failed ? failureKept : longestKept))
      return this.#keep(issuer, this.#ask(issuer, now));
    if (!lacking) return kept.keys;
    const newest = kept.renewal ?? kept;
    if (isWithin(newest, now, renewedEvery)) return newest.keys;
    const renewal = this.#ask(issuer, now);
    kept.renewal = renewal;
    const replace = (): void => void this.#keep(issuer, renewal);
    renewal.keys.then(replace, () => undefined);
    return renewal.keys;
  }

  #ask(issuer: string, now: Date): Asked {
    return { at: now.getTime(), keys: this.#load(issuer) };
  }

  #keep(issuer: string, { at, keys }: Asked): Promise<IssuerKeys> {
    const next: Kept = { at, keys, failed: false };
    keys.catch(() => (next.failed = true));
    const [oldest] = this.#kept.keys();
    if (!this.#kept.delete(issuer) && this.#kept.size >= this.#capacity && oldest !== undefined)
      this.#kept.delete(oldest);
    this.#kept.set(issuer, next);
    return keys;
  }

  /** OpenID Connect Discovery 1.0: the issuer names itself in its document, and where its keys are. */
  async #load(issuer: string): Promise<IssuerKeys> {
    const base = issuer.replace(/\/$/, "");
    const configuration = await this.#read(`${base}/.well-known/openid-configuration`);
    const { issuer: named, jwks_uri: place } = configuration;
    if (named !== issuer) throw new DocumentError("the issuer's document is about another issuer");
    if (typeof place !== "string") throw new DocumentError("the issuer does not say its keys");
    const keySet = await this.#read(place);
    if (!Array.isArray(keySet["keys"])) throw new DocumentError("the issuer's keys are no list");
    try {
      return createLocalJWKSet(keySet as unknown as JSONWebKeySet);
    } catch (cause) {
      throw new DocumentError("the issuer's keys cannot be read", { cause });
    }
  }

  async #read(place: string) {
    const url = URL.parse(place);
    if (url === null) throw new DocumentError("the issuer names no address");
    const bytes = await this.#fetch(url);
    try {
      const document = readJsonBytes(bytes);
      if (isJsonObject(document)) return document;
    } catch (cause) {
      throw new DocumentError("the issuer's answer is not JSON", { cause });
    }
    throw new DocumentError("the issuer's answer is no object");
  }
}

function isWithin({ at }: Asked, now: Date, longest: number): boolean {
  const age = now.getTime() - at;
  return age >= 0 && age < longest;
}
