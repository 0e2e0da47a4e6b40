import type { Write } from "./commit.ts";
import type { Sql, SqlValue } from "./sql.ts";
import { name, sql } from "./sql.ts";

export type Row = Readonly<Record<string, SqlValue>>;

/** Everything in which the engines differ. */
export interface Dialect {
  readonly name: "sqlite" | "postgres";
  placeholder(position: number): string;
  /** Compares and orders by UTF-8 bytes, so that pages follow each other the same way on every engine. */
  readonly textType: "TEXT" | 'TEXT COLLATE "C"';
  readonly blobType: "BLOB" | "BYTEA";
  /** Holds every safe integer. */
  readonly integerType: "INTEGER" | "BIGINT";
  /** The present moment in epoch milliseconds, for steps of the schema: they run without a clock in hand. */
  readonly now: string;
  /** Ends a CREATE TABLE. */
  readonly tableOptions: "" | "STRICT, WITHOUT ROWID";
}

/** The reading side of a database engine. */
export interface Reader {
  readonly dialect: Dialect;
  /** Runs the queries against one snapshot of the newest committed state; one list of rows for each. */
  read(...queries: readonly Sql[]): Promise<readonly (readonly Row[])[]>;
}

/** A database engine that tests and set-up write to directly; requests change state through a Committer only. */
export interface Database extends Reader {
  /** Applies all the writes, or none when one affects another number of rows than it says (then it rejects with WriteConflict). */
  apply(writes: readonly Write[]): Promise<void>;
  close(): Promise<void>;
}

/** The text of a statement in an engine's words. */
export function render(statement: Sql, dialect: Dialect): string {
  return statement.chunks.reduce(
    (text, chunk, index) => text + (index > 0 ? dialect.placeholder(index) : "") + chunk,
    "",
  );
}

/** How many rows a table has. */
export async function countRows(reader: Reader, table: string): Promise<number> {
  const [row] = await readRows(reader, sql`SELECT COUNT(*) AS total FROM ${name(table)}`);
  return Number(row?.["total"]);
}

/** The rows of a single query. */
export async function readRows(reader: Reader, query: Sql): Promise<readonly Row[]> {
  const [rows] = await reader.read(query);
  return rows ?? [];
}
