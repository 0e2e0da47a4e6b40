import type { Commit, VersionRef } from "./commit.ts";
import { Journal } from "./journal.ts";
import { sql } from "./sql.ts";
import { inTransaction, SqliteConnection, WriteConflict } from "./sqlite.ts";
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
    const room = this.#roomFor(payloads);
    if (room !== undefined) return batch.map(({ id }) => ({ id, failed: room }));
    const changing = batch.filter(({ commit }) => commit.change.writes.length > 0);
    const relying = batch.filter(({ commit }) => commit.change.writes.length === 0);
    const results = [...this.#change(changing), ...relying.map((each) => this.#rely(each))];
    this.#journal.append(results.flatMap((result) => result.records));
    return results.map(({ id, stale }) => ({ id, stale }));
  }

  /** Signs the journal as it stands; on a full disk it waits for the next time. */
  sign(): void {
    if (this.#roomFor([]) === undefined) this.#journal.checkpoint();
  }

  close(): void {
    this.#journal.close();
    this.#database.execute("DELETE FROM outbox");
    this.#database.execute("PRAGMA wal_checkpoint(TRUNCATE)");
    this.#database.close();
  }

  /** Why there is no room for a batch; undefined when there is. A full disk refuses calls before anything was changed. */
  #roomFor(payloads: readonly Uint8Array[]): string | undefined {
    try {
      this.#journal.reserve(payloads);
      return undefined;
    } catch (error) {
      return `no room for the audit journal: ${String(error)}`;
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
    const settled = inTransaction(this.#database, () => {
      this.#database.execute("DELETE FROM outbox");
      return batch.map((each) => {
        const one = this.#changeOne(each, versions);
        for (const record of one.records) this.#toOutbox(++sequence, record);
        return one;
      });
    });
    versions.settle();
    if (batch.some(({ commit }) => commit.change.erases === true))
      this.#database.execute("PRAGMA wal_checkpoint(TRUNCATE)");
    return settled;
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
   * The outbox names the sequence that each record was to get. Changes come first in a batch, so after a crash those
   * sequences are the next ones: replaying twice writes nothing twice.
   */
  #replayOutbox(): void {
    const rows = this.#database.rows(sql`SELECT sequence, record FROM outbox ORDER BY sequence`);
    const missing = rows
      .filter((row) => Number(row["sequence"]) > this.#journal.sequence)
      .map((row) => row["record"] as Uint8Array);
    if (missing.length > 0) {
      this.#journal.reserve(missing);
      this.#journal.append(missing);
    }
    this.#database.execute("DELETE FROM outbox");
  }
}

interface Settled {
  readonly id: number;
  readonly stale: readonly string[];
  readonly records: readonly Uint8Array[];
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
    settle: () => fresh.forEach((version, aggregate) => newest.set(aggregate, version)),
  };
}
