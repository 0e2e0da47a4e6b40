import { kmsArn } from "../../../base/arn.ts";
import { IntegrityError } from "../../../base/errors.ts";
import { equalBytes } from "../../../crypto/hash.ts";
import type { Change, Write } from "../../../database/commit.ts";
import { joinChanges } from "../../../database/commit.ts";
import type { Reader, Row } from "../../../database/database.ts";
import { readRows } from "../../../database/database.ts";
import type { Domains } from "../../../database/domains.ts";
import type { SealedRow, SealedTable } from "../../../database/sealed-row.ts";
import {
  childrenDigest,
  columnsOf,
  deleteRow,
  insertRow,
  openRow,
  rowMac,
  updateRow,
} from "../../../database/sealed-row.ts";
import type { Sql } from "../../../database/sql.ts";
import { sql } from "../../../database/sql.ts";
import type { Domain } from "../../../keystore/domain.ts";
import type { KmsKey } from "../model/key.ts";
import { keyAggregate } from "../model/key.ts";
import {
  aliasFromRow,
  aliasRow,
  grantFromRow,
  grantRow,
  keyFromRow,
  keyRow,
  materialFromRow,
  materialRow,
} from "./rows.ts";
import { aliasesTable, grantsTable, keysTable, materialsTable } from "./schema.ts";

/** Reads whole keys, verified with everything that hangs on them, and keeps the ones in use. */
export class KeyTables {
  readonly reader: Reader;
  readonly domains: Domains;
  readonly #capacity: number;
  readonly #known = new Map<string, KmsKey>();
  /** Accounts by region and key id: an id never passes to another account, not even after deletion. */
  readonly #owners = new Map<string, string>();

  constructor(reader: Reader, domains: Domains, capacity = 10_000) {
    this.reader = reader;
    this.domains = domains;
    this.#capacity = capacity;
  }

  /** A key by its place and id, if it is kept in memory. */
  known(account: string, region: string, keyId: string): KmsKey | undefined {
    return this.#known.get(keyAggregate(account, region, keyId));
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
    const key = await this.#read(account, region, keyId);
    if (key === undefined || key.state === "Deleted") return undefined;
    const [oldest] = this.#known.keys();
    if (this.#known.size >= this.#capacity && oldest !== undefined) this.#known.delete(oldest);
    this.#known.set(name, key);
    return key;
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
    if (this.#owners.size >= this.#capacity) this.#owners.clear();
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
    this.#known.delete(aggregate);
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
    const [[row] = [], materials = [], aliases = [], grants = []] = await this.reader.read(
      select(keysTable, where),
      select(materialsTable, sql`${where} ORDER BY generation`),
      select(aliasesTable, sql`${where} ORDER BY alias_name`),
      select(grantsTable, sql`${where} ORDER BY grant_id`),
    );
    if (row === undefined) {
      if (materials.length + aliases.length + grants.length === 0) return undefined;
      throw new IntegrityError(`the row of key ${keyId} was removed outside the service`);
    }
    const domain = await this.domains.find(account, region);
    if (domain === undefined)
      throw new IntegrityError(`the domain key of ${account} in ${region} is missing`);
    return assemble(row, materials, aliases, grants, domain);
  }
}

function select(table: SealedTable<string>, where: Sql): Sql {
  return sql`SELECT ${columnsOf(table)} FROM ${{ chunks: [table.name], values: [] }} ${where}`;
}

/** MACs of children that were read or written, so that a change of a key need not compute those of all others again. */
const knownMacs = new WeakMap<object, Uint8Array>();

function assemble(
  row: Row,
  materialRows: readonly Row[],
  aliasRows: readonly Row[],
  grantRows: readonly Row[],
  domain: Domain,
): KmsKey {
  const { rowKey } = domain;
  const opened = openRow(keysTable, row, rowKey);
  const macs: Uint8Array[] = [];
  const children = <C extends string, T extends object>(
    table: SealedTable<C>,
    rows: readonly Row[],
    read: (row: SealedRow<C> & { readonly mac: Uint8Array }) => T,
  ): readonly T[] =>
    rows.map((each) => {
      const child = openRow(table, each, rowKey);
      const value = read(child);
      knownMacs.set(value, child.mac);
      macs.push(child.mac);
      return value;
    });
  const key = keyFromRow(opened);
  const complete: KmsKey = {
    ...key,
    arn: kmsArn(key.region, key.account, `key/${key.keyId}`),
    version: {
      aggregate: keyAggregate(key.account, key.region, key.keyId),
      version: Number(opened.version),
    },
    domain,
    materials: children(materialsTable, materialRows, materialFromRow),
    aliases: children(aliasesTable, aliasRows, aliasFromRow),
    grants: children(grantsTable, grantRows, grantFromRow),
  };
  if (!equalBytes(opened.children_digest as Uint8Array, childrenDigest(macs)))
    throw new IntegrityError(`what belongs to key ${key.keyId} was changed outside the service`);
  return complete;
}

/** The change that stores a new key. */
export function insertKey(key: KmsKey): Change {
  const before: KmsKey = { ...key, materials: [], aliases: [], grants: [] };
  return {
    writes: [
      ...childWrites(before, key),
      insertRow(keysTable, keyRow(key, digestOf(key)), key.domain.rowKey),
    ],
    versions: [key.version],
  };
}

/** The change that replaces a key by its next state; the version counts up by itself. */
export function replaceKey(before: KmsKey, next: Omit<KmsKey, "version">): Change {
  const version = { aggregate: before.version.aggregate, version: before.version.version + 1 };
  const after: KmsKey = { ...next, version };
  return {
    writes: [
      ...childWrites(before, after),
      updateRow(keysTable, keyRow(after, digestOf(after)), after.domain.rowKey),
    ],
    versions: [version],
    erases: before.materials.some((material) => !after.materials.includes(material)),
  };
}

/** The change that replaces keys by their next states, in the same order; what stays the same is left alone. */
export function replaceKeys(before: readonly KmsKey[], after: readonly KmsKey[]): Change {
  return joinChanges(
    before.flatMap((key, index) => {
      const next = after[index];
      return next === undefined || next === key ? [] : [replaceKey(key, next)];
    }),
  );
}

function childWrites(before: KmsKey, after: KmsKey): readonly Write[] {
  const { rowKey } = after.domain;
  return [
    ...difference(
      before.materials,
      after.materials,
      materialsTable,
      (each) => materialRow(after, each),
      rowKey,
    ),
    ...difference(
      before.aliases,
      after.aliases,
      aliasesTable,
      (each) => aliasRow(after, each),
      rowKey,
    ),
    ...difference(
      before.grants,
      after.grants,
      grantsTable,
      (each) => grantRow(after, each),
      rowKey,
    ),
  ];
}

/** Children are immutable: the same object is the same row, another object of the same primary key a changed one. */
function difference<C extends string, T>(
  before: readonly T[],
  after: readonly T[],
  table: SealedTable<C>,
  row: (each: T) => SealedRow<C>,
  rowKey: Uint8Array,
): readonly Write[] {
  if (before === after) return [];
  const kept = new Set(after);
  const old = new Set(before);
  return [
    ...before.filter((each) => !kept.has(each)).map((each) => deleteRow(table, row(each))),
    ...after.filter((each) => !old.has(each)).map((each) => insertRow(table, row(each), rowKey)),
  ];
}

function digestOf(key: KmsKey): Buffer {
  const { rowKey } = key.domain;
  const mac = <C extends string>(
    child: object,
    table: SealedTable<C>,
    row: () => SealedRow<C>,
  ): Uint8Array => {
    const known = knownMacs.get(child) ?? rowMac(table, row(), rowKey);
    knownMacs.set(child, known);
    return known;
  };
  return childrenDigest([
    ...key.materials.map((each) => mac(each, materialsTable, () => materialRow(key, each))),
    ...key.aliases.map((each) => mac(each, aliasesTable, () => aliasRow(key, each))),
    ...key.grants.map((each) => mac(each, grantsTable, () => grantRow(key, each))),
  ]);
}
