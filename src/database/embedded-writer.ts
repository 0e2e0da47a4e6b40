import { OperatorError } from "../base/errors.ts";
import type { Commit, VersionRef } from "./commit.ts";
import { WriteConflict } from "./commit.ts";
import { Journal } from "./journal.ts";
import { NoRoomError } from "./journal-files.ts";
import { sql } from "./sql.ts";
import { inTransaction, isDiskFull, SqliteConnection } from "./sqlite.ts";
import type { WriterResult } from "./writer-thread.ts";

export interface WriterOptions {
  readonly databasePath: string;
  readonly journalFolder: string;
  readonly deployment: string;
  readonly privateKey: Uint8Array;
  readonly publicKey: Uint8Array;
  readonly segmentBytes: number;
}

interface Pending {
  readonly id: number;
  readonly commit: Commit;
}

/**
 * The fused commit on one machine. In the order of a batch: state changes first (in SQLite, with their records in the
 * outbox), then the calls that only rely on state, judged against the versions after those changes; then all records go
 * to the journal and are synced; only then is anything answered.
 *
 * `#newest` holds the version of every aggregate that changed since this process started. What is not in it is as it was
 * at the start, so as every reader of this process has seen it: nothing older can be in a cache.
 */
export class EmbeddedWriter {
  readonly #database: SqliteConnection;
  readonly #journal: Journal;
  readonly #newest = new Map<string, number>();
  /** Whether destroyed secrets may still stand in SQLite's write-ahead log. */
  #erasing: boolean = false;

  private constructor(database: SqliteConnection, journal: Journal) {
    this.#database = database;
    this.#journal = journal;
  }

  /** Opens database and journal and finishes what a crash interrupted: records of committed changes that the journal lacks. */
  static open(options: WriterOptions & { readonly now: () => Date }): EmbeddedWriter {
    const database = new SqliteConnection(options.databasePath, "write");
    const journal = Journal.open({ ...options, folder: options.journalFolder });
    const writer = new EmbeddedWriter(database, journal);
    writer.#replayOutbox();
    return writer;
  }

  /** Settles a batch. Throws when durability can no longer be promised. */
  commit(batch: readonly Pending[]): readonly WriterResult[] {
    const payloads = batch.flatMap(({ commit }) => commit.records.map(encode));
    if (!this.#hasRoom(payloads))
      return batch.map(({ id }) => ({ id, failed: "no room for the audit journal" }));
    const changing = batch.filter(({ commit }) => commit.change.writes.length > 0);
    const relying = batch.filter(({ commit }) => commit.change.writes.length === 0);
    const results = [...this.#change(changing), ...relying.map((each) => this.#rely(each))];
    this.#journal.append(results.flatMap((result) => result.records));
    this.#erasing ||= changing.some(({ commit }) => commit.change.erases === true);
    this.#erase();
    return results.map(({ id, stale, failed }) =>
      failed === undefined ? { id, stale } : { id, failed },
    );
  }

  /** Signs the journal as it stands; on a full disk it waits for the next time. */
  sign(): void {
    if (this.#hasRoom([])) this.#journal.checkpoint();
    this.#erase();
  }

  close(): void {
    this.sign();
    this.#journal.close();
    this.#database.close();
  }

  /** Whether a batch fits into the journal. A full disk refuses calls before anything was changed. */
  #hasRoom(payloads: readonly Uint8Array[]): boolean {
    try {
      this.#journal.reserve(payloads);
      return true;
    } catch (error) {
      if (!(error instanceof NoRoomError)) throw error;
      return false;
    }
  }

  /** Moves the write-ahead log into the database and empties it; as long as a reader is in the way, again every second. */
  #erase(): void {
    if (!this.#erasing) return;
    try {
      this.#erasing = !this.#database.emptyLog();
    } catch (error) {
      if (!isDiskFull(error)) throw error;
    }
  }

  #rely({ id, commit }: Pending): Settled {
    const stale = staleOf(commit.relied, (aggregate) => this.#newest.get(aggregate));
    return { id, stale, records: stale.length === 0 ? commit.records.map(encode) : [] };
  }

  /** One transaction for all changes of the batch; each of them still succeeds or fails by itself. */
  #change(batch: readonly Pending[]): readonly Settled[] {
    if (batch.length === 0) return [];
    const versions = overlay(this.#newest);
    let sequence = this.#journal.sequence;
    try {
      const settled = inTransaction(this.#database, () => {
        this.#database.execute("DELETE FROM outbox");
        return batch.map((each) => {
          const one = this.#changeOne(each, versions);
          for (const record of one.records) this.#toOutbox(++sequence, record);
          return one;
        });
      });
      versions.settle();
      return settled;
    } catch (error) {
      // Rolled back as a whole: calls that change nothing go on.
      if (!isDiskFull(error)) throw error;
      return batch.map(({ id }) => ({
        id,
        stale: [],
        records: [],
        failed: "no room for the database",
      }));
    }
  }

  #changeOne({ id, commit }: Pending, versions: Versions): Settled {
    const stale = staleOf(commit.relied, versions.get);
    if (stale.length > 0) return { id, stale, records: [] };
    this.#database.execute("SAVEPOINT one");
    try {
      for (const write of commit.change.writes) this.#database.write(write);
      this.#database.execute("RELEASE one");
    } catch (error) {
      if (!(error instanceof WriteConflict)) throw error;
      this.#database.execute("ROLLBACK TO one");
      this.#database.execute("RELEASE one");
      return {
        id,
        stale: [...commit.change.versions, ...commit.relied].map((each) => each.aggregate),
        records: [],
      };
    }
    for (const { aggregate, version } of commit.change.versions) versions.set(aggregate, version);
    return { id, stale: [], records: commit.records.map(encode) };
  }

  #toOutbox(sequence: number, record: Uint8Array): void {
    this.#database.write({
      statement: sql`INSERT INTO outbox (sequence, record) VALUES (${sequence}, ${record})`,
      rows: 1,
    });
  }

  /**
   * The outbox names the sequence that each record was to get. Changes come first in a batch, and the journal was synced up
   * to there before they were committed. So after a crash these sequences are the next ones, or already written: replaying
   * twice writes nothing twice. A journal that ends earlier has lost what was acknowledged.
   */
  #replayOutbox(): void {
    const rows = this.#database.rows(sql`SELECT sequence, record FROM outbox ORDER BY sequence`);
    if (rows.length === 0) return;
    const first = Number(rows[0]?.["sequence"]);
    if (first > this.#journal.sequence + 1)
      throw new OperatorError(
        `the audit journal ends at ${this.#journal.sequence}, but ${first - 1} were written: run \`keywright verify-audit\` and restore the folder from a backup`,
      );
    const missing = rows
      .filter((row) => Number(row["sequence"]) > this.#journal.sequence)
      .map((row) => row["record"] as Uint8Array);
    this.#journal.reserve(missing);
    this.#journal.append(missing);
    this.#database.execute("DELETE FROM outbox");
  }
}

interface Settled {
  readonly id: number;
  readonly stale: readonly string[];
  readonly records: readonly Uint8Array[];
  readonly failed?: string;
}

function encode(record: string): Uint8Array {
  return Buffer.from(record, "utf8");
}

function staleOf(
  relied: readonly VersionRef[],
  newest: (aggregate: string) => number | undefined,
): readonly string[] {
  return relied
    .filter(({ aggregate, version }) => (newest(aggregate) ?? version) !== version)
    .map(({ aggregate }) => aggregate);
}

interface Versions {
  get(aggregate: string): number | undefined;
  set(aggregate: string, version: number): void;
  /** Brings what was set into force. */
  settle(): void;
}

/** Versions set inside a transaction, in force only once it has committed. */
function overlay(newest: Map<string, number>): Versions {
  const fresh = new Map<string, number>();
  return {
    get: (aggregate) => fresh.get(aggregate) ?? newest.get(aggregate),
    set: (aggregate, version) => fresh.set(aggregate, version),
    settle: () => {
      for (const [aggregate, version] of fresh) newest.set(aggregate, version);
    },
  };
}
