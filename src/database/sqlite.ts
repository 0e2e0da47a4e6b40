import type { StatementSync } from "node:sqlite";
import { DatabaseSync } from "node:sqlite";
import { pathToFileURL } from "node:url";
import { OperatorError } from "../base/errors.ts";
import type { Write } from "./commit.ts";
import { WriteConflict } from "./commit.ts";
import type { Database, Dialect, Reader, Row } from "./database.ts";
import { render } from "./database.ts";
import type { Sql } from "./sql.ts";

const sqliteDialect: Dialect = {
  name: "sqlite",
  placeholder: () => "?",
  textType: "TEXT",
  blobType: "BLOB",
  integerType: "INTEGER",
  now: "CAST(unixepoch('subsec') * 1000 AS INTEGER)",
  tableOptions: "STRICT, WITHOUT ROWID",
};

/** Milliseconds that a connection waits for another one's lock. */
const busyTimeout = 5_000;

/** One open SQLite file: prepared statements are kept, each transaction is exclusive. */
export class SqliteConnection {
  readonly #database: DatabaseSync;
  readonly #statements = new Map<string, StatementSync>();

  /** Only `create` makes a file that is not there: an empty database in the place of one that is away would be taken for it. */
  constructor(path: string, mode: "read" | "write" | "create") {
    const file = mode === "write" ? existing(path) : path;
    this.#database = new DatabaseSync(file, { readOnly: mode === "read", timeout: busyTimeout });
    requireSoundSqlite(this.#database);
    if (mode !== "read") this.#database.exec(durablePragmas);
  }

  get inTransaction(): boolean {
    return this.#database.isTransaction;
  }

  execute(text: string): void {
    this.#database.exec(text);
  }

  rows(query: Sql): readonly Row[] {
    return this.#prepare(query).all(...query.values) as unknown as readonly Row[];
  }

  /** The rows one by one, for what is too much to hold at once. */
  each(query: Sql): NodeJS.Iterator<Row> {
    return this.#prepare(query).iterate(...query.values) as unknown as NodeJS.Iterator<Row>;
  }

  /** Runs one write. Throws WriteConflict. */
  write({ statement, rows }: Write): void {
    const affected = conflicting(() => this.#prepare(statement).run(...statement.values).changes);
    if (rows !== "any" && affected !== rows)
      throw new WriteConflict(`${affected} rows instead of ${rows}`);
  }

  /** Moves the write-ahead log into the database and empties it; false when a reader is in the way, for longer than one waits. */
  moveLog(): boolean {
    const row = this.#database.prepare("PRAGMA wal_checkpoint(TRUNCATE)").get();
    return row?.["busy"] === 0;
  }

  /** Moves the log if nobody is in the way. */
  emptyLog(): boolean {
    this.#database.exec("PRAGMA busy_timeout = 0");
    try {
      return this.moveLog();
    } finally {
      this.#database.exec(`PRAGMA busy_timeout = ${busyTimeout}`);
    }
  }

  close(): void {
    this.#statements.clear();
    this.#database.close();
  }

  #prepare(statement: Sql): StatementSync {
    const text = render(statement, sqliteDialect);
    const known = this.#statements.get(text);
    if (known !== undefined) return known;
    const prepared = this.#database.prepare(text);
    this.#statements.set(text, prepared);
    return prepared;
  }
}

function existing(path: string): URL {
  const url = pathToFileURL(path);
  url.searchParams.set("mode", "rw");
  return url;
}

/** WAL with a sync at every commit; freed pages are overwritten, so that destroyed key material leaves nothing behind. */
const durablePragmas = `
  PRAGMA journal_mode = WAL;
  PRAGMA synchronous = FULL;
  PRAGMA fullfsync = 1;
  PRAGMA checkpoint_fullfsync = 1;
  PRAGMA foreign_keys = ON;
  PRAGMA trusted_schema = OFF;
  PRAGMA cell_size_check = ON;
  PRAGMA secure_delete = ON;
  PRAGMA journal_size_limit = 67108864;`;

/** SQLite before 3.51.3 can corrupt a WAL database that is reset under load. */
function requireSoundSqlite(database: DatabaseSync): void {
  const row = database.prepare("SELECT sqlite_version() AS version").get();
  const version = String(row?.["version"]);
  const [major = 0, minor = 0, patch = 0] = version.split(".").map(Number);
  if (major * 1_000_000 + minor * 1_000 + patch < 3_051_003)
    throw new OperatorError(
      `this Node carries SQLite ${version}, which can lose data: use Node 26.10 or newer`,
    );
}

function conflicting<T>(run: () => T): T {
  try {
    return run();
  } catch (cause) {
    if (cause instanceof Error && /^(UNIQUE|PRIMARY KEY) constraint failed/.test(cause.message))
      throw new WriteConflict(cause.message, { cause });
    throw cause;
  }
}

/** Whether SQLite says that the disk is full (SQLITE_FULL). What was being written is not committed and can be tried again. */
export function isDiskFull(error: unknown): boolean {
  return error instanceof Error && "errcode" in error && error.errcode === 13;
}

const damage: ReadonlySet<number> = new Set([11, 26]);

/** Whether SQLite says that the file is no whole database (SQLITE_CORRUPT, SQLITE_NOTADB and their kinds). */
export function isDamaged(error: unknown): boolean {
  const code = error instanceof Error && "errcode" in error ? error.errcode : undefined;
  return typeof code === "number" && damage.has(code & 0xff);
}

/** The reading side of an SQLite file; it sees every commit of the writer at once. */
export function openSqliteReader(path: string): Reader & { close(): void } {
  const connection = new SqliteConnection(path, "read");
  return {
    dialect: sqliteDialect,
    read: async (...queries) => readSnapshot(connection, queries),
    close: () => connection.close(),
  };
}

/** An SQLite database that reads and writes in this thread: for set-up, tools and tests. */
export function openSqlite(path: string): Database {
  const connection = new SqliteConnection(path, "create");
  return {
    dialect: sqliteDialect,
    read: async (...queries) => readSnapshot(connection, queries),
    apply: async (writes) =>
      inTransaction(connection, () => {
        for (const write of writes) connection.write(write);
      }),
    close: async () => connection.close(),
  };
}

function readSnapshot(
  connection: SqliteConnection,
  queries: readonly Sql[],
): readonly (readonly Row[])[] {
  const [only] = queries;
  if (queries.length === 1 && only !== undefined) return [connection.rows(only)];
  connection.execute("BEGIN");
  try {
    return queries.map((query) => connection.rows(query));
  } finally {
    connection.execute("COMMIT");
  }
}

/** Runs the work in one exclusive transaction: all of it is durable afterwards, or none. */
export function inTransaction<T>(connection: SqliteConnection, work: () => T): T {
  connection.execute("BEGIN IMMEDIATE");
  try {
    const result = work();
    connection.execute("COMMIT");
    return result;
  } catch (error) {
    // SQLite has rolled back by itself after some failures; a second try would hide the first error.
    if (connection.inTransaction) connection.execute("ROLLBACK");
    throw error;
  }
}
