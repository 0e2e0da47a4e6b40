import { setImmediate as nextTurn } from "node:timers/promises";
import { kmsArn } from "../../../base/arn.ts";
import { IntegrityError } from "../../../base/errors.ts";
import { equalBytes } from "../../../crypto/hash.ts";
import type { Change, VersionRef, Write } from "../../../database/commit.ts";
import { joinChanges } from "../../../database/commit.ts";
import type { Row } from "../../../database/database.ts";
import type { OpenedRow, SealedRow, SealedTable } from "../../../database/sealed-row.ts";
import {
  deleteRow,
  insertRow,
  openRow,
  rowMac,
  sortedChildrenDigest,
  updateRow,
} from "../../../database/sealed-row.ts";
import type { Domain } from "../../../keystore/domain.ts";
import type { Alias, Grant, KmsKey, Material } from "../model/key.ts";
import { keyAggregate } from "../model/key.ts";
import { carryMacs, keepMac, macOf, sameMacs, sortedMacs, withMacs } from "./key-macs.ts";
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

/** How one kind of what hangs on a key is stored, and by what it is ordered when it is read. */
interface ChildKind<C extends string, T extends object> {
  readonly table: SealedTable<C>;
  readonly row: (key: KmsKey, child: T) => SealedRow<C>;
  readonly read: (row: OpenedRow<C>) => T;
  readonly order: (child: T) => string | number;
}

const kind = <C extends string, T extends object>(each: ChildKind<C, T>): ChildKind<C, T> => each;

const materialKind = kind({
  table: materialsTable,
  row: materialRow,
  read: materialFromRow,
  order: ({ generation }: Material) => generation,
});
const aliasKind = kind({
  table: aliasesTable,
  row: aliasRow,
  read: aliasFromRow,
  order: ({ name }: Alias) => name,
});
const grantKind = kind({
  table: grantsTable,
  row: grantRow,
  read: grantFromRow,
  order: ({ grantId }: Grant) => grantId,
});

/** The rows of a key and of all that hangs on it. */
export interface KeyRows {
  readonly row: Row;
  readonly materials: readonly Row[];
  readonly aliases: readonly Row[];
  readonly grants: readonly Row[];
}

/** Rows that are verified in one turn of the event loop: some five milliseconds of work. */
const inOneTurn = 250;

/** A key from its rows, verified as a whole; where there are many, other calls have their turns between. Throws IntegrityError. */
export async function assemble(rows: KeyRows, domain: Domain): Promise<KmsKey> {
  const opened = openRow(keysTable, rows.row, domain.rowKey);
  const key: KmsKey = {
    ...keyIn(opened, domain),
    materials: await openChildren(materialKind, rows.materials, domain),
    aliases: await openChildren(aliasKind, rows.aliases, domain),
    grants: await openChildren(grantKind, rows.grants, domain),
  };
  if (!equalBytes(opened.children_digest as Uint8Array, digestOf(key)))
    throw new IntegrityError(`what belongs to key ${key.keyId} was changed outside the service`);
  return key;
}

function keyIn(row: Parameters<typeof keyFromRow>[0], domain: Domain) {
  const key = keyFromRow(row);
  const { account, region, keyId } = key;
  const aggregate = keyAggregate(account, region, keyId);
  return {
    ...key,
    arn: kmsArn(region, account, `key/${keyId}`),
    version: { aggregate, version: Number(row.version) },
    domain,
  };
}

async function openChildren<C extends string, T extends object>(
  { table, read }: ChildKind<C, T>,
  rows: readonly Row[],
  { rowKey }: Domain,
): Promise<readonly T[]> {
  const children: T[] = [];
  for (const each of rows) {
    const row = openRow(table, each, rowKey);
    const child = read(row);
    keepMac(child, row.mac);
    children.push(child);
    if (children.length % inOneTurn === 0) await nextTurn();
  }
  return children;
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
  const writes = childWrites(before, after);
  nextStates.set(version, () => asRead(before, after));
  return {
    writes: [...writes, updateRow(keysTable, keyRow(after, digestOf(after)), after.domain.rowKey)],
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

/** What keys become by changes, by the very objects of the versions that these bring into force. */
const nextStates = new WeakMap<VersionRef, () => KmsKey>();

/**
 * What a key has become by a change that is durable: what would be read and verified now. INVARIANT: every value has been
 * through its row, so nothing that only a call knew of the key stays.
 */
export function stateAfter(version: VersionRef): KmsKey | undefined {
  return nextStates.get(version)?.();
}

function asRead(before: KmsKey, after: KmsKey): KmsKey {
  return {
    ...keyIn({ ...keyRow(after, unread), mac: unread }, after.domain),
    version: after.version,
    materials: childrenAsRead(materialKind, before.materials, after.materials, after),
    aliases: childrenAsRead(aliasKind, before.aliases, after.aliases, after),
    grants: childrenAsRead(grantKind, before.grants, after.grants, after),
  };
}

/** Seals are for rows that come from elsewhere. */
const unread = Buffer.alloc(0);

function childrenAsRead<C extends string, T extends object>(
  of: ChildKind<C, T>,
  before: readonly T[],
  after: readonly T[],
  key: KmsKey,
): readonly T[] {
  if (before === after) return after;
  const added = new Set(changed(before, after).added);
  const read = (child: T): T => {
    const mac = macIn(of, key)(child);
    const value = of.read({ ...of.row(key, child), mac });
    keepMac(value, mac);
    return value;
  };
  const children = after
    .map((each) => (added.has(each) ? read(each) : each))
    .toSorted((a, b) => (of.order(a) < of.order(b) ? -1 : 1));
  sameMacs(after, children);
  return children;
}

function childWrites(before: KmsKey, after: KmsKey): readonly Write[] {
  return [
    ...difference(materialKind, before.materials, after.materials, after),
    ...difference(aliasKind, before.aliases, after.aliases, after),
    ...difference(grantKind, before.grants, after.grants, after),
  ];
}

/** Children are immutable: the same object is the same row, another object of the same primary key a changed one. */
function difference<C extends string, T extends object>(
  of: ChildKind<C, T>,
  before: readonly T[],
  after: readonly T[],
  key: KmsKey,
): readonly Write[] {
  if (before === after) return [];
  const { rowKey } = key.domain;
  const { gone, added } = changed(before, after);
  carryMacs(before, after, { gone, added }, macIn(of, key));
  return [
    ...gone.map((each) => deleteRow(of.table, of.row(key, each))),
    ...added.map((each) => insertRow(of.table, of.row(key, each), rowKey)),
  ];
}

/** The children that only one of two lists has. Most changes leave both ends of a long list alone. */
function changed<T extends object>(before: readonly T[], after: readonly T[]) {
  const shorter = Math.min(before.length, after.length);
  let start = 0;
  while (start < shorter && before[start] === after[start]) start++;
  let end = 0;
  while (end < shorter - start && before.at(-1 - end) === after.at(-1 - end)) end++;
  const [old, fresh] = [before, after].map((list) => list.slice(start, list.length - end));
  const [known, kept] = [new Set(old), new Set(fresh)];
  return {
    gone: (old ?? []).filter((each) => !kept.has(each)),
    added: (fresh ?? []).filter((each) => !known.has(each)),
  };
}

function digestOf(key: KmsKey): Buffer {
  const few = [
    ...key.aliases.map(macIn(aliasKind, key)),
    ...key.materials.map(macIn(materialKind, key)),
  ];
  return sortedChildrenDigest(withMacs(sortedMacs(key.grants, macIn(grantKind, key)), few));
}

/** The MAC of a child of a key, made where it is not known. */
function macIn<C extends string, T extends object>(
  { table, row }: ChildKind<C, T>,
  key: KmsKey,
): (child: T) => Uint8Array {
  return (child) => macOf(child, () => rowMac(table, row(key, child), key.domain.rowKey));
}
