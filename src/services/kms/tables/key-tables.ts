import { IntegrityError } from "../../../base/errors.ts";
import type { VersionRef } from "../../../database/commit.ts";
import type { Reader } from "../../../database/database.ts";
import { readRows } from "../../../database/database.ts";
import type { Domains } from "../../../database/domains.ts";
import type { SealedTable } from "../../../database/sealed-row.ts";
import { columnsOf } from "../../../database/sealed-row.ts";
import type { Sql } from "../../../database/sql.ts";
import { sql } from "../../../database/sql.ts";
import type { KmsKey } from "../model/key.ts";
import { keyAggregate } from "../model/key.ts";
import { assemble, stateAfter } from "./keys.ts";
import type { KnownKeys } from "./known-keys.ts";
import { aliasesTable, grantsTable, keysTable, materialsTable } from "./schema.ts";

/** Accounts that are known by the ids of their keys, about 200 bytes each. */
const mostOwners = 50_000;

/** Reads whole keys, verified with everything that hangs on them, and keeps the ones in use. */
export class KeyTables {
  readonly reader: Reader;
  readonly domains: Domains;
  readonly #known: KnownKeys;
  /** Keys that are being read, by aggregate: who asks meanwhile waits for the same one. */
  readonly #reading = new Map<string, Promise<KmsKey | undefined>>();
  /** Accounts by region and key id: an id never passes to another account, not even after deletion. */
  readonly #owners = new Map<string, string>();

  constructor(reader: Reader, domains: Domains, known: KnownKeys) {
    this.reader = reader;
    this.domains = domains;
    this.#known = known;
  }

  /** A key by its place and id, if it is kept in memory. */
  known(account: string, region: string, keyId: string): KmsKey | undefined {
    return this.#known.at(account, region, keyId);
  }

  /** A key of any account by its id, if it is kept in memory. */
  knownById(region: string, keyId: string): KmsKey | undefined {
    const owner = this.#owners.get(`${region}/${keyId}`);
    return owner === undefined ? undefined : this.known(owner, region, keyId);
  }

  /** A key by its place and id; undefined when it never existed or was deleted. Throws IntegrityError. */
  async find(account: string, region: string, keyId: string): Promise<KmsKey | undefined> {
    const name = keyAggregate(account, region, keyId);
    const known = this.#known.get(name);
    if (known !== undefined) return known;
    const reading = this.#reading.getOrInsertComputed(name, () =>
      this.#read(account, region, keyId),
    );
    try {
      const key = await reading;
      if (key === undefined || key.state === "Deleted") return undefined;
      // One that changed while it was read is for those who asked before: their commits tell whether it still holds.
      return this.#reading.get(name) === reading ? this.#known.keep(key) : key;
    } finally {
      if (this.#reading.get(name) === reading) this.#reading.delete(name);
    }
  }

  /** What is left of a deleted key: only a multi-Region key's id comes back, as a replica. */
  async findDeleted(account: string, region: string, keyId: string): Promise<KmsKey | undefined> {
    const key = await this.#read(account, region, keyId);
    return key?.state === "Deleted" ? key : undefined;
  }

  /** A key of any account by its id, as ciphertexts name it. */
  async findById(region: string, keyId: string): Promise<KmsKey | undefined> {
    const name = `${region}/${keyId}`;
    const owner = this.#owners.get(name) ?? (await this.#readOwner(region, keyId));
    if (owner === undefined) return undefined;
    if (this.#owners.size >= mostOwners) this.#owners.clear();
    this.#owners.set(name, owner);
    return this.find(owner, region, keyId);
  }

  /** The key that an alias names. */
  async findByAlias(account: string, region: string, name: string): Promise<KmsKey | undefined> {
    // The key that was kept may be older than the alias, and the alias may move between the two reads: that is no forgery.
    for (let left = 3; left > 0; left--) {
      const [row] = await readRows(
        this.reader,
        sql`SELECT key_id FROM aliases WHERE account_id = ${account} AND region = ${region} AND alias_name = ${name}`,
      );
      if (row === undefined) return undefined;
      const key = await this.find(account, region, String(row["key_id"]));
      if (key?.aliases.some((alias) => alias.name === name)) return key;
      this.forget(keyAggregate(account, region, String(row["key_id"])));
    }
    throw new IntegrityError(`alias ${name} of account ${account} does not belong to its key`);
  }

  /** Drops what is known of an aggregate, because it changed. */
  forget(aggregate: string): void {
    this.#known.forget(aggregate);
    this.#reading.delete(aggregate);
  }

  /** Keeps what a key has become by a change of ours that is durable: it need not be read and verified again. */
  renew(version: VersionRef): void {
    const key = stateAfter(version);
    if (key !== undefined && key.state !== "Deleted") this.#known.keep(key);
  }

  async #readOwner(region: string, keyId: string): Promise<string | undefined> {
    const [row] = await readRows(
      this.reader,
      sql`SELECT account_id FROM keys WHERE region = ${region} AND key_id = ${keyId}`,
    );
    return row === undefined ? undefined : String(row["account_id"]);
  }

  async #read(account: string, region: string, keyId: string): Promise<KmsKey | undefined> {
    const where = sql`WHERE account_id = ${account} AND region = ${region} AND key_id = ${keyId}`;
    // SQLite would rather look through all aliases of the account than look up each one that the index of keys names.
    const named = sql`WHERE (account_id, region, alias_name) IN (SELECT account_id, region, alias_name FROM aliases ${where})`;
    const [[row] = [], materials = [], aliases = [], grants = []] = await this.reader.read(
      select(keysTable, where),
      select(materialsTable, sql`${where} ORDER BY generation`),
      select(aliasesTable, sql`${named} ORDER BY alias_name`),
      select(grantsTable, sql`${where} ORDER BY grant_id`),
    );
    if (row === undefined) {
      if (materials.length + aliases.length + grants.length === 0) return undefined;
      throw new IntegrityError(`the row of key ${keyId} was removed outside the service`);
    }
    const domain = await this.domains.find(account, region);
    if (domain === undefined)
      throw new IntegrityError(`the domain key of ${account} in ${region} is missing`);
    return assemble({ row, materials, aliases, grants }, domain);
  }
}

function select(table: SealedTable<string>, where: Sql): Sql {
  return sql`SELECT ${columnsOf(table)} FROM ${{ chunks: [table.name], values: [] }} ${where}`;
}
