import type { CallContext } from "../../api/context.ts";
import { RecentUses } from "../../api/recent-uses.ts";
import type { Note } from "../../api/registry.ts";
import { noChange } from "../../database/commit.ts";
import type { Reader } from "../../database/database.ts";
import type { AccessKeyUse } from "./tables/access-key-uses.ts";
import {
  listAccessKeyUses,
  readAccessKeyUse,
  storeAccessKeyUse,
} from "./tables/access-key-uses.ts";
import type { IdentityTables } from "./tables/identities.ts";

/**
 * The last use of every access key: exact in memory, and stored together with the call that uses a key whose stored use is
 * older than a minute. Every call that is recorded is a use, a refused one too.
 */
export class AccessKeyUses {
  readonly #reader: Reader;
  readonly #tables: IdentityTables;
  readonly #recent: RecentUses<AccessKeyUse>;

  constructor(reader: Reader, tables: IdentityTables, capacity = 10_000) {
    this.#reader = reader;
    this.#tables = tables;
    this.#recent = new RecentUses(capacity);
  }

  /** The last use of an access key of an account; undefined when it was never used. Throws IntegrityError. */
  async find(account: string, id: string): Promise<AccessKeyUse | undefined> {
    const domain = await this.#tables.domain(account);
    return this.#recent.newest(id, await readAccessKeyUse(this.#reader, id, domain));
  }

  /** The last uses of an account's access keys: the result answers for each of them. Throws IntegrityError. */
  async ofAccount(account: string): Promise<(id: string) => AccessKeyUse | undefined> {
    const domain = await this.#tables.domain(account);
    const stored = await listAccessKeyUses(this.#reader, account, domain);
    return (id) => this.#recent.newest(id, stored.get(id));
  }

  /** The uses that have become known since this was asked last, for another thread to learn. */
  takeNews(): ReadonlyMap<string, AccessKeyUse> {
    return this.#recent.takeNews();
  }

  learn(news: ReadonlyMap<string, AccessKeyUse>): void {
    this.#recent.learn(news);
  }

  /** Notes that a call's access key was used for a service. Known is only what has become durable. */
  note(
    { account, caller: { accessKeyId: id, principal, session }, region, time: at }: CallContext,
    service: string,
  ): Note | undefined | Promise<Note | undefined> {
    // Nothing is stored about temporary credentials.
    if (session !== undefined) return undefined;
    if (principal.type !== "User" && principal.type !== "Root") return undefined;
    const use = { at, service, region };
    const { isDue, durable } = this.#recent.note(id, use);
    if (!isDue) return { change: noChange, durable };
    return this.#tables.domain(account).then((domain) => {
      return { change: storeAccessKeyUse({ account, id }, use, domain), durable };
    });
  }
}
