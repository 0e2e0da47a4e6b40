import { IntegrityError } from "../../../base/errors.ts";
import type { Change, VersionRef } from "../../../database/commit.ts";
import type { Reader } from "../../../database/database.ts";
import { readRows } from "../../../database/database.ts";
import type { Domains } from "../../../database/domains.ts";
import { columnsOf, insertRow, openRow, updateRow } from "../../../database/sealed-row.ts";
import { sql } from "../../../database/sql.ts";
import type { Domain } from "../../../keystore/domain.ts";
import { globalRegion } from "../../../keystore/domain.ts";
import type { Trail, TrailSet } from "../model/trail.ts";
import { trailSetFromRow, trailSetRow } from "./rows.ts";
import { trailsTable } from "./schema.ts";

/** The name of the aggregate of an account's trails whose home is a region. */
export function trailsAggregate(account: string, region: string): string {
  return `trails/${account}/${region}`;
}

export function setVersion({ account, region, version }: TrailSet): VersionRef {
  return { aggregate: trailsAggregate(account, region), version };
}

/** Reads trails, every row verified under the key of its account. */
export class TrailTables {
  readonly #reader: Reader;
  readonly #domains: Domains;

  constructor(reader: Reader, domains: Domains) {
    this.#reader = reader;
    this.#domains = domains;
  }

  /** The trails of an account in all regions that ever had one. */
  async list(account: string): Promise<readonly TrailSet[]> {
    const rows = await readRows(
      this.#reader,
      sql`SELECT ${columnsOf(trailsTable)} FROM trails WHERE account_id = ${account} ORDER BY region`,
    );
    if (rows.length === 0) return [];
    const { rowKey } = await this.domain(account);
    return rows.map((row) => trailSetFromRow(openRow(trailsTable, row, rowKey)));
  }

  /** The trails of all accounts that log, or once did. */
  async listStarted(): Promise<readonly Trail[]> {
    const rows = await readRows(
      this.#reader,
      sql`SELECT DISTINCT account_id FROM trails ORDER BY account_id`,
    );
    const trails: Trail[] = [];
    for (const { account_id } of rows)
      for (const set of await this.list(String(account_id)))
        trails.push(...set.trails.filter(({ spans }) => spans.length > 0));
    return trails;
  }

  /** The keys of an account. Throws IntegrityError: every account has them. */
  async domain(account: string): Promise<Domain> {
    const domain = await this.#domains.find(account, globalRegion);
    if (domain === undefined)
      throw new IntegrityError(`the domain key of account ${account} is missing`);
    return domain;
  }
}

/** The change that brings a set to its next state; its version counts up by itself. A set that became empty stays. */
export function storeTrails(next: TrailSet, { rowKey }: Domain): Change {
  const after = { ...next, version: next.version + 1 };
  const store = next.version === 0 ? insertRow : updateRow;
  return {
    writes: [store(trailsTable, trailSetRow(after), rowKey)],
    versions: [setVersion(after)],
  };
}
