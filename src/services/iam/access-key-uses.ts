import type { CallContext } from "../../api/context.ts";
import type { Note } from "../../api/registry.ts";
import { minute } from "../../base/clock.ts";
import { noChange } from "../../database/commit.ts";
import type { Reader } from "../../database/database.ts";
import type { AccessKeyUse } from "./tables/access-key-uses.ts";
import {
  listAccessKeyUses,
  readAccessKeyUse,
  storeAccessKeyUse,
} from "./tables/access-key-uses.ts";
import type { IdentityTables } from "./tables/identities.ts";

/** How old a stored use may become while its key is used on: so much is forgotten in a crash, never the use itself. */
const storedEvery = minute;

interface Known {
  readonly use: AccessKeyUse;
  /** When the use that is stored took place. */
  readonly storedAt: number;
}

/**
 * The last use of every access key: exact in memory, and stored together with the call that uses a key whose stored use is
 * older than a minute. Every call that is recorded is a use, a refused one too.
 */
export class AccessKeyUses {
  readonly #reader: Reader;
  readonly #tables: IdentityTables;
  readonly #capacity: number;
  readonly #known = new Map<string, Known>();

  constructor(reader: Reader, tables: IdentityTables, capacity = 10_000) {
    this.#reader = reader;
    this.#tables = tables;
    this.#capacity = capacity;
  }

  /** The last use of an access key of an account; undefined when it was never used. Throws IntegrityError. */
  async find(account: string, id: string): Promise<AccessKeyUse | undefined> {
    const domain = await this.#tables.domain(account);
    return this.#newest(id, await readAccessKeyUse(this.#reader, id, domain));
  }

  /** The last uses of an account's access keys: the result answers for each of them. Throws IntegrityError. */
  async ofAccount(account: string): Promise<(id: string) => AccessKeyUse | undefined> {
    const domain = await this.#tables.domain(account);
    const stored = await listAccessKeyUses(this.#reader, account, domain);
    return (id) => this.#newest(id, stored.get(id));
  }

  /** Notes that a call's access key was used for a service. Known is only what has become durable. */
  async note(
    { account, caller: { accessKeyId: id, principal, session }, region, time: at }: CallContext,
    service: string,
  ): Promise<Note | undefined> {
    // Nothing is stored about temporary credentials.
    if (session !== undefined) return undefined;
    if (principal.type !== "User" && principal.type !== "Root") return undefined;
    const use = { at, service, region };
    const storedAt = this.#known.get(id)?.storedAt;
    if (storedAt !== undefined && at.getTime() - storedAt < storedEvery)
      return { change: noChange, durable: () => this.#keep(id, { use, storedAt }) };
    const change = storeAccessKeyUse({ account, id }, use, await this.#tables.domain(account));
    return { change, durable: () => this.#keep(id, { use, storedAt: at.getTime() }) };
  }

  #newest(id: string, stored: AccessKeyUse | undefined): AccessKeyUse | undefined {
    const known = this.#known.get(id)?.use;
    return known === undefined || (stored !== undefined && stored.at > known.at) ? stored : known;
  }

  #keep(id: string, known: Known): void {
    const newer = this.#known.get(id);
    // A use that has become durable before an earlier one did.
    if (newer !== undefined && newer.use.at > known.use.at) return;
    // In the order of their storing: with the one that is dropped, the minute since it was stored is forgotten.
    if (newer?.storedAt !== known.storedAt) this.#known.delete(id);
    this.#known.set(id, known);
    if (this.#known.size <= this.#capacity) return;
    const [oldest = id] = this.#known.keys();
    this.#known.delete(oldest);
  }
}
