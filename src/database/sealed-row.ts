import { lengthPrefixed, u32 } from "../base/bytes.ts";
import { IntegrityError } from "../base/errors.ts";
import { equalBytes, hmacSha256, sha256 } from "../crypto/hash.ts";
import type { Write } from "./commit.ts";
import type { Dialect, Row } from "./database.ts";
import { RowText } from "./row-text.ts";
import type { Sql, SqlValue } from "./sql.ts";
import { join, name, sql } from "./sql.ts";

/**
 * Tables whose rows carry a MAC over the table's name, and every column's name and value, under a key that the database
 * does not hold: who can write to the database still cannot make a row that the service believes. Rows that belong
 * together (a key with its grants, aliases and materials) are bound by a digest of the children's MACs in the parent.
 */
export interface SealedTable<Column extends string> {
  readonly name: string;
  /** All columns but `mac`, in the order in which they are sealed. */
  readonly columns: readonly Column[];
  readonly types: Readonly<Record<Column, ColumnType>>;
  readonly primaryKey: readonly Column[];
}

/**
 * `or null` may hold NULL. `later` is a column that a later step of the schema added: it may hold NULL too, and NULL is not
 * sealed, so that rows from before the step keep their MACs. A MAC names every column it covers, so none can be left out.
 */
export type ColumnType = `${"text" | "integer" | "blob"}${"" | " or null" | " later"}`;

/** Declares a sealed table: its columns in order with their types, and which of them are the primary key. */
export function sealedTable<const C extends string>(
  tableName: string,
  types: Readonly<Record<C, ColumnType>>,
  primaryKey: readonly NoInfer<C>[],
): SealedTable<C> {
  return { name: tableName, columns: Object.keys(types) as C[], types, primaryKey };
}

/** The CREATE TABLE of a sealed table in an engine's words. */
export function createSealedTable(table: SealedTable<string>, dialect: Dialect): string {
  const columns = table.columns.filter((column) => !isLater(table, column));
  const parts = [
    ...columns.map((column) => columnDefinition(table, column, dialect)),
    `mac ${dialect.blobType} NOT NULL`,
    `PRIMARY KEY (${table.primaryKey.join(", ")})`,
  ];
  return `CREATE TABLE ${table.name} (${parts.join(", ")}) ${dialect.tableOptions}`;
}

/** The statements that add columns to a table that exists already; the table declares them as `later`. */
export function addColumns<C extends string>(
  table: SealedTable<C>,
  columns: readonly NoInfer<C>[],
  dialect: Dialect,
): readonly string[] {
  return columns.map(
    (column) => `ALTER TABLE ${table.name} ADD COLUMN ${columnDefinition(table, column, dialect)}`,
  );
}

function columnDefinition(table: SealedTable<string>, column: string, dialect: Dialect): string {
  const words = { text: dialect.textType, integer: dialect.integerType, blob: dialect.blobType };
  const [type = "", ...nullable] = (table.types[column] ?? "").split(" ");
  return `${column} ${words[type as keyof typeof words]}${nullable.length === 0 ? " NOT NULL" : ""}`;
}

function isLater(table: SealedTable<string>, column: string): boolean {
  return table.types[column]?.endsWith(" later") === true;
}

export type SealedRow<Column extends string> = Readonly<Record<Column, SqlValue>>;

/** A row as read and verified, with the MAC that binds it. */
export type OpenedRow<Column extends string> = SealedRow<Column> & { readonly mac: Uint8Array };

/** The MAC of a row under the row key of its owner. */
export function rowMac<C extends string>(
  table: SealedTable<C>,
  row: SealedRow<C>,
  rowKey: Uint8Array,
): Buffer {
  const labels = labelsOf(table);
  const text = rowText.begin();
  text.add(labels.table);
  for (const [at, column] of table.columns.entries()) {
    const label = labels.columns[at];
    if (label === undefined || (label.later && row[column] === null)) continue;
    text.add(label.name);
    text.addValue(row[column]);
  }
  return hmacSha256(rowKey, text.bytes);
}

const rowText = new RowText();

/** What is sealed of a table whatever its rows hold: made once, as a key may have 50,000 grants. */
interface Labels {
  readonly table: Buffer;
  /** In the order of the columns. */
  readonly columns: readonly { readonly name: Uint8Array; readonly later: boolean }[];
}

const knownLabels = new WeakMap<SealedTable<string>, Labels>();

function labelsOf(table: SealedTable<string>): Labels {
  return knownLabels.getOrInsertComputed(table, () => ({
    table: Buffer.concat(["keywright/sealed-row/v1", table.name].map(lengthPrefixed)),
    columns: table.columns.map((column) => ({
      name: lengthPrefixed(column),
      later: isLater(table, column),
    })),
  }));
}
/** Inserts a row; a row of the same primary key is a conflict. */
export function insertRow<C extends string>(
  table: SealedTable<C>,
  row: SealedRow<C>,
  rowKey: Uint8Array,
): Write {
  const columns = join([...table.columns.map(name), sql`mac`], ", ");
  const values = join(
    [...table.columns.map((column) => sql`${row[column]}`), sql`${rowMac(table, row, rowKey)}`],
    ", ",
  );
  return {
    statement: sql`INSERT INTO ${name(table.name)} (${columns}) VALUES (${values})`,
    rows: 1,
  };
}

/** Replaces the columns of the row with the same primary key; its absence is a conflict. */
export function updateRow<C extends string>(
  table: SealedTable<C>,
  row: SealedRow<C>,
  rowKey: Uint8Array,
): Write {
  const changed = table.columns.filter((column) => !table.primaryKey.includes(column));
  const sets = join(
    [
      ...changed.map((column) => sql`${name(column)} = ${row[column]}`),
      sql`mac = ${rowMac(table, row, rowKey)}`,
    ],
    ", ",
  );
  return {
    statement: sql`UPDATE ${name(table.name)} SET ${sets} WHERE ${matches(table, row)}`,
    rows: 1,
  };
}

/** Inserts a row or replaces the one with the same primary key, whatever it holds. */
export function upsertRow<C extends string>(
  table: SealedTable<C>,
  row: SealedRow<C>,
  rowKey: Uint8Array,
): Write {
  const changed = [...table.columns.filter((each) => !table.primaryKey.includes(each)), "mac"];
  const sets = join(
    changed.map((column) => sql`${name(column)} = excluded.${name(column)}`),
    ", ",
  );
  const { statement } = insertRow(table, row, rowKey);
  return {
    statement: sql`${statement} ON CONFLICT (${join(table.primaryKey.map(name), ", ")}) DO UPDATE SET ${sets}`,
    rows: 1,
  };
}

/** Deletes the row with this primary key; its absence is a conflict. */
export function deleteRow<C extends string>(table: SealedTable<C>, row: SealedRow<C>): Write {
  return { statement: sql`DELETE FROM ${name(table.name)} WHERE ${matches(table, row)}`, rows: 1 };
}

/** The columns of a table for a SELECT, `mac` included. */
export function columnsOf(table: SealedTable<string>): Sql {
  return join([...table.columns.map(name), sql`mac`], ", ");
}

/** Verifies a row that was read and returns its columns. Throws IntegrityError: the row was changed outside the service. */
export function openRow<C extends string>(
  table: SealedTable<C>,
  row: Row,
  rowKey: Uint8Array,
): OpenedRow<C> {
  const opened = pick(table, row);
  const mac = row["mac"];
  if (!(mac instanceof Uint8Array) || !equalBytes(mac, rowMac(table, opened, rowKey))) {
    const key = table.primaryKey.map((column) => String(row[column])).join(" ");
    throw new IntegrityError(
      `the row ${key} of table ${table.name} was changed outside the service`,
    );
  }
  return { ...opened, mac };
}

/** The digest that a parent row keeps of its children's MACs: independent of their order, different for any other set. */
export function childrenDigest(macs: readonly Uint8Array[]): Buffer {
  return sortedChildrenDigest(Buffer.concat(macs.toSorted(Buffer.compare)));
}

/** The same digest of MACs that are sorted already, one behind the other. */
export function sortedChildrenDigest(macs: Uint8Array): Buffer {
  return sha256(u32(macs.length / macLength), macs);
}

const macLength = 32;

function matches<C extends string>(table: SealedTable<C>, row: SealedRow<C>): Sql {
  return join(
    table.primaryKey.map((column) => sql`${name(column)} = ${row[column]}`),
    " AND ",
  );
}

function pick<C extends string>(table: SealedTable<C>, row: Row): SealedRow<C> {
  const entries = table.columns.map((column) => {
    const value = row[column];
    if (value === undefined)
      throw new IntegrityError(`table ${table.name} lacks the column ${column}`);
    return [column, value] as const;
  });
  return Object.fromEntries(entries) as SealedRow<C>;
}
