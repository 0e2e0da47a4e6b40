import type { JSONWebKeySet } from "jose";
import { createLocalJWKSet } from "jose";
import { minute, second } from "../../../base/clock.ts";
import { isJsonObject, readJsonBytes } from "../../../base/json.ts";
import type { FetchDocument } from "./documents.ts";
import { DocumentError } from "./documents.ts";

/** The public keys of an issuer. */
export type IssuerKeys = ReturnType<typeof createLocalJWKSet>;

interface Kept {
  readonly at: number;
  readonly keys: Promise<IssuerKeys>;
  failed: boolean;
}

const longestKept = 60 * minute;
/** A token with an unknown key asks for a new key set, but not more often: strangers make such tokens. */
const refreshedEvery = minute;
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

  /** The keys of an issuer; newer ones, if those that are kept lack one. Rejects when they cannot be had. */
  find(issuer: string, now: Date, lacking = false): Promise<IssuerKeys> {
    const kept = this.#kept.get(issuer);
    const age = kept === undefined ? Number.POSITIVE_INFINITY : now.getTime() - kept.at;
    const longest = kept?.failed ? failureKept : lacking ? refreshedEvery : longestKept;
    if (kept !== undefined && age >= 0 && age < longest) return kept.keys;
    const next: Kept = { at: now.getTime(), keys: this.#load(issuer), failed: false };
    next.keys.catch(() => (next.failed = true));
    const [oldest] = this.#kept.keys();
    this.#kept.delete(issuer);
    if (this.#kept.size >= this.#capacity && oldest !== undefined) this.#kept.delete(oldest);
    this.#kept.set(issuer, next);
    return next.keys;
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
