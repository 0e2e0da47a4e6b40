import { existsSync } from "node:fs";
import { OperatorError } from "../base/errors.ts";
import type { Commit } from "./commit.ts";
import { WriteConflict } from "./commit.ts";
import { Journal } from "./journal.ts";
import { NoRoomError } from "./journal-files.ts";
import type { Planted } from "./open-versions.ts";
import { openVersions, plantVersions } from "./open-versions.ts";
import { fillOutbox, replayOutbox } from "./outbox.ts";
import type { Pending } from "./parcel.ts";
import type { Sql } from "./sql.ts";
import { inTransaction, isDiskFull, SqliteConnection } from "./sqlite.ts";
import { VersionCheck } from "./version-check.ts";
import type { NextVersions, Versions } from "./versions.ts";
import { readVersions } from "./versions.ts";
import type { WriterResult } from "./writer-thread.ts";

/** Rows of a database that a start has the time for, some microseconds each. */
const mostCheckedFirst = 50_000;

export interface WriterOptions {
  readonly databasePath: string;
  readonly journalFolder: string;
  readonly deployment: string;
  readonly privateKey: Uint8Array;
  readonly publicKey: Uint8Array;
  readonly segmentBytes: number;
  /** Secret key of the digest over all versions. */
  readonly stateKey: Uint8Array;
  /** Queries that give the `aggregate` and `version` of everything stored. */
  readonly versionQueries: readonly Sql[];
  /** Rows that are compared with the tree of versions before anything is served; the others are while calls go on. */
  readonly checkedFirst?: number;
  /** Aggregates whose versions are kept in memory. */
  readonly knownVersions?: number;
  /** One number, shared with who follows the journal: the sequence that is on the disk. */
  readonly durable?: BigInt64Array<SharedArrayBuffer>;
}

/**
 * The fused commit on one machine. In the order of a batch: state changes first (in SQLite, with their records in the
 * outbox), then the calls that only rely on state, judged against the versions after those changes; then all records go
 * to the journal and are synced; only then is anything answered.
 *
 * `#state` knows the version of every aggregate that is stored by a hash tree whose top the journal keeps with every change. In a
 * database in which an older aggregate was put back, however authentic, whoever relies on it relies on a version that is not
 * the newest; and such a database is not the journal's, which `#unchecked` finds at the start or soon after.
 */
export class EmbeddedWriter {
  readonly #database: SqliteConnection;
  readonly #journal: Journal;
  #state: Versions;
  /** What is left to compare of the database as it was at the start. */
  #unchecked: VersionCheck | undefined;
  #broken: boolean = false;
  /** Whether destroyed secrets may still stand in SQLite's write-ahead log. */
  #erasing: boolean = false;

  private constructor(
    database: SqliteConnection,
    journal: Journal,
    state: Versions,
    unchecked?: VersionCheck,
  ) {
    this.#database = database;
    this.#journal = journal;
    this.#state = state;
    this.#unchecked = unchecked;
  }

  /**
   * Opens database and journal, finishes what a crash or a failure interrupted (records of committed changes that the journal
   * lacks), and makes sure that the database is the one that the journal speaks of. Throws OperatorError for damage.
   */
  static open(
    options: WriterOptions & Pick<Planted, "progress"> & { readonly now: () => Date },
  ): EmbeddedWriter {
    if (!existsSync(options.journalFolder)) throw journalMissing();
    using opening = new DisposableStack();
    const database = new SqliteConnection(options.databasePath, "write");
    opening.defer(() => database.close());
    settleDatabase(database);
    const journal = Journal.open({ ...options, folder: options.journalFolder });
    opening.defer(() => journal.close());
    replayOutbox(database, journal);
    if (journal.sequence === 0) throw journalMissing();
    const state = openVersions(database, journal, options);
    const check = new VersionCheck({ ...options, digest: state.digest() });
    const checked = check.step(options.checkedFirst ?? mostCheckedFirst);
    opening.move();
    return new EmbeddedWriter(database, journal, state, checked ? undefined : check);
  }

  /** Begins the journal of a new deployment with the state that its database has, and the records of how it came to be. Throws when there is a journal already. */
  static begin(
    options: WriterOptions & { readonly now: () => Date; readonly records?: readonly string[] },
  ): void {
    const database = new SqliteConnection(options.databasePath, "write");
    const journal = Journal.open({ ...options, folder: options.journalFolder });
    if (journal.sequence > 0) throw new Error("the journal has begun already");
    inTransaction(database, () => plantVersions(database, options));
    const state = readVersions(database, options);
    const records = (options.records ?? []).map(encode);
    journal.reserve(records);
    journal.append(records, state.digest());
    new EmbeddedWriter(database, journal, state).close();
  }

  /** Sequence of the newest frame that is on the disk. */
  get sequence(): number {
    return this.#journal.sequence;
  }

  /** Settles a batch. Throws when durability can no longer be promised: then the writer refuses everything. */
  commit(batch: readonly Pending[]): readonly WriterResult[] {
    return this.#soundly(() => this.#commit(batch));
  }

  #commit(batch: readonly Pending[]): readonly WriterResult[] {
    const calls = batch.map((each) => ({ ...each, records: each.commit.records.map(encode) }));
    if (!this.#hasRoom(calls.flatMap(({ records }) => records)))
      return batch.map(({ id }) => ({ id, failed: "no room for the audit journal" }));
    const changing = calls.filter(({ commit }) => commit.change.writes.length > 0);
    const relying = calls.filter(({ commit }) => commit.change.writes.length === 0);
    const { settled, digest } = this.#change(changing);
    const results = [...settled, ...relying.map((each) => this.#rely(each))];
    const records = results.flatMap((result) => result.records);
    this.#journal.append(records, digest);
    this.#erasing ||= changing.some(({ commit }) => commit.change.erases === true);
    this.#erase();
    return results.map(({ id, stale, failed }) =>
      failed === undefined ? { id, stale } : { id, failed },
    );
  }

  /**
   * Commits a change of no aggregate that brings another key of the state digest into force: the journal gets the digest of
   * the same state under that key. After a crash the outbox completes it.
   */
  rekey({ change, records }: Commit, stateKey: Uint8Array): void {
    const payloads = records.map(encode);
    this.#journal.reserve(payloads);
    const state = this.#state.under(stateKey);
    this.#soundly(() => {
      inTransaction(this.#database, () => {
        this.#database.execute("DELETE FROM outbox");
        for (const write of change.writes) this.#database.write(write);
        fillOutbox(this.#database, this.#journal.sequence, state.digest(), payloads);
      });
      this.#journal.append(payloads, state.digest());
    });
    this.#state = state;
  }

  /** Compares so many more rows with the tree of versions; whether all are. Throws OperatorError for damage. */
  check(rows: number): boolean {
    const check = this.#unchecked;
    this.#unchecked = undefined;
    if (check?.step(rows) === false) this.#unchecked = check;
    return this.#unchecked === undefined;
  }

  /** Signs the journal as it stands; on a full disk it waits for the next time. */
  sign(): void {
    this.#soundly(() => {
      if (this.#hasRoom([])) this.#journal.checkpoint();
      this.#erase();
    });
  }

  close(): void {
    this.#unchecked?.close();
    if (!this.#broken) this.sign();
    this.#journal.close();
    this.#database.close();
  }

  /** A commit that failed may be durable all the same, and with it an outbox that the next one would empty. */
  #soundly<T>(work: () => T): T {
    if (this.#broken) throw new Error("the writer is not used again after a failure");
    this.#broken = true;
    const result = work();
    this.#broken = false;
    return result;
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

  #rely({ id, commit, records }: Encoded): Settled {
    const stale = this.#state.stale(commit.relied);
    return { id, stale, records: stale.length === 0 ? records : [] };
  }

  /** One transaction for all changes of the batch; each of them still succeeds or fails by itself. */
  #change(batch: readonly Encoded[]): Changed {
    if (batch.length === 0) return { settled: [] };
    const state = this.#state.next();
    try {
      const changed = inTransaction(this.#database, () => {
        this.#database.execute("DELETE FROM outbox");
        const settled = batch.map((each) => this.#changeOne(each, state));
        const digest = state.store();
        fillOutbox(
          this.#database,
          this.#journal.sequence,
          digest,
          settled.flatMap((one) => one.records),
        );
        return { settled, digest };
      });
      state.settle();
      return changed;
    } catch (error) {
      // Rolled back as a whole: calls that change nothing go on.
      if (!isDiskFull(error)) throw error;
      const failed = "no room for the database";
      return { settled: batch.map(({ id }) => ({ id, stale: [], records: [], failed })) };
    }
  }

  #changeOne({ id, commit, records }: Encoded, state: NextVersions): Settled {
    const stale = state.stale(commit.relied);
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
    for (const version of commit.change.versions) state.set(version);
    return { id, stale: [], records };
  }
}

/**
 * What is read of the write-ahead log may be in the memory of the system only, taken for clean after a failed sync; whatever
 * came behind it would be lost with it. Its pages are written to the database and synced there before anything relies on them.
 */
function settleDatabase(database: SqliteConnection): void {
  if (!database.moveLog()) throw new Error("another process keeps the database busy");
}

function journalMissing(): OperatorError {
  return new OperatorError("the audit journal is missing: restore the folder from a backup");
}

/** A call with its records as the journal will have them. */
interface Encoded extends Pending {
  readonly records: readonly Uint8Array[];
}

interface Changed {
  readonly settled: readonly Settled[];
  /** Of the state that the changes lead to. */
  readonly digest?: Uint8Array;
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
