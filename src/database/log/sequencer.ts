import { existsSync } from "node:fs";
import type { ChainState } from "../../audit/chain.ts";
import { genesis } from "../../audit/chain.ts";
import { recordFacts } from "../../audit/record-facts.ts";
import type { TrailPosition } from "../../audit/trail.ts";
import { makeSpare, removeSegments } from "../journal-files.ts";
import { SqliteConnection } from "../sqlite.ts";
import type { LogFolders } from "./boots.ts";
import { beginLog, bootFiles, listBoots, settledLogs } from "./boots.ts";
import { chunkSize, IndexTables } from "./index-tables.ts";
import { JournalCursor } from "./journal-cursor.ts";
import type { LateLog, ReadableLog } from "./log-entries.ts";
import { endOf, LogEntries } from "./log-entries.ts";
import type { LogSigner, SignedLog } from "./tile-log.ts";
import { TileLog } from "./tile-log.ts";
import type { Leaving } from "./upkeep.ts";
import { Upkeep } from "./upkeep.ts";
import { UsageTables, UsageTally } from "./usage-tables.ts";

export interface SequencerOptions extends LogSigner {
  readonly journalFolder: string;
  readonly logs: LogFolders;
  readonly indexPath: string;
  readonly now: () => Date;
  readonly newId: () => string;
  /** Sequence of the newest frame of the journal that is on the disk. */
  readonly durable: () => number;
}

/** Bytes of records after which what is signed is made durable, so that the journal can let go of them. */
const settleEvery = 16 * 1024 * 1024;

/**
 * Turns the journal into the logs: reads what is durable back from the disk, appends it to the log of this boot, signs the log, and
 * keeps the index of lookups up to date. The journal's segments go once all that they hold is in a log on the disk.
 */
export class Sequencer {
  readonly entries: LogEntries;
  readonly connection: SqliteConnection;
  readonly usage: UsageTables;
  readonly #options: SequencerOptions;
  readonly #cursor: JournalCursor;
  readonly #log: TileLog;
  readonly #own: Omit<ReadableLog, "size">;
  readonly #tables: IndexTables;
  /** Positions up to here were counted before this boot. */
  readonly #counted: TrailPosition;
  /** What the tables of use lack. */
  #tally = new UsageTally();
  /** Positions up to here can be found. */
  #published: TrailPosition;
  /** Up to where the journal was read. */
  #taken: ChainState;
  readonly #upkeep: Upkeep;
  /** Entries of the own log that are durable. */
  #settled = 0;
  #unsettled = 0;

  private constructor(
    options: SequencerOptions,
    log: TileLog,
    earlier: readonly LateLog[],
    own: Omit<ReadableLog, "size">,
  ) {
    this.#options = options;
    this.#log = log;
    this.#own = own;
    this.#taken = log.signed.place;
    this.#upkeep = new Upkeep(options.logs.archive !== undefined);
    this.#cursor = new JournalCursor(options.journalFolder, this.#taken);
    this.entries = new LogEntries([...earlier, () => ({ ...own, size: log.signed.size })]);
    this.connection = new SqliteConnection(options.indexPath, "create");
    // Derived data: what a crash of the machine takes back comes again from the logs.
    this.connection.execute("PRAGMA synchronous = NORMAL");
    this.#tables = new IndexTables(this.connection, this.entries.end);
    this.#counted = this.#tables.position;
    this.#published = this.#counted;
    this.usage = new UsageTables(this.connection);
  }

  /** Finishes the log of the boot before, begins one of its own, and brings the index up to both. Throws OperatorError. */
  static open(options: SequencerOptions): Sequencer {
    if (!existsSync(options.journalFolder)) throw new Error("the audit journal is away");
    const boots = listBoots(options.logs.folder);
    const last = boots.at(-1) ?? 0;
    const previous = last === 0 ? undefined : finish(openLog(last, options), options);
    const boot = last + 1;
    const files = bootFiles(options.logs, boot);
    const earlier = settledLogs(options.logs, boots, options);
    const newest = earlier.at(-1)?.();
    const first = newest === undefined ? 1 : endOf(newest);
    const place = previous?.signed.place ?? genesis(options.deployment);
    const log = TileLog.begin(boot, files, options, place);
    const begun = { boot, first, time: options.now(), eventId: options.newId() };
    log.append([beginLog(previous === undefined ? begun : { ...begun, previous })]);
    log.sign(place);
    log.settle();
    const sequencer = new Sequencer(options, log, earlier, { boot, files, first });
    sequencer.#catchUp();
    return sequencer;
  }

  /** The newest checkpoint of this boot's log. */
  get signed(): SignedLog {
    return this.#log.signed;
  }

  /** The position of the next record to be indexed. */
  get #next(): TrailPosition {
    return this.#tables.resumesAt + 1;
  }

  /** The newest position whose record can be found: what was taken up and not published cannot. */
  get position(): TrailPosition {
    return this.#published;
  }

  /** Takes up what is durable now, at most a megabyte of it; whether there was anything. Nobody sees it before `publish`. */
  take(): boolean {
    const { records, place } = this.#cursor.read(this.#options.durable());
    if (place.sequence === this.#taken.sequence) return false;
    this.#taken = place;
    this.#log.append(records);
    this.#fill(records);
    this.#unsettled += records.reduce((sum, record) => sum + record.length, 0);
    return true;
  }

  /** Signs what was taken up, and lets it be found. */
  publish(): void {
    if (this.#taken.sequence > this.#log.signed.place.sequence) {
      this.#log.sign(this.#taken);
      this.entries.grow({ ...this.#own, size: this.#log.size });
    }
    this.#commit();
    if (this.#unsettled >= settleEvery) this.settle();
  }

  /** Makes the journal's next segment ahead, early enough for the fastest of writers. */
  prepare(segmentBytes: number): void {
    if (this.#cursor.offset > segmentBytes / 8)
      makeSpare(this.#options.journalFolder, segmentBytes);
  }

  /** Makes the log durable and lets the journal go up to there. */
  settle(): void {
    this.#log.settle();
    this.#settled = this.#log.signed.size;
    removeSegments(this.#options.journalFolder, this.#log.signed.place.sequence);
    this.#unsettled = 0;
  }

  /** Compresses or archives a little of what is durable; whether there was anything to do. */
  tidy(leaving: Leaving): boolean {
    return this.#upkeep.step(this.#durable(), leaving);
  }

  *#durable(): Iterable<ReadableLog> {
    for (const log of this.entries.logs())
      yield log.boot === this.#own.boot ? { ...log, size: this.#settled } : log;
  }

  close(): void {
    this.publish();
    this.settle();
    this.#cursor.close();
    this.connection.close();
  }

  /** The index is derived: what it lacks, or everything when it was removed, comes from the logs. */
  #catchUp(): void {
    const { end } = this.entries;
    for (let next = this.#next; next < end; next = this.#next) {
      const count = Math.min(chunkSize, end - next);
      this.#fill(Array.from({ length: count }, (_, at) => this.entries.find(next + at)));
      this.#commit();
    }
  }

  /** Indexes records; one that is not kept any more has no facts. Goes on in one transaction until `#commit`: many small ones would write the same pages again and again. */
  #fill(records: readonly (Uint8Array | undefined)[]): void {
    if (!this.connection.inTransaction) this.connection.execute("BEGIN IMMEDIATE");
    for (const record of records)
      if (record === undefined) this.#tables.skip();
      else this.#index(record);
  }

  #commit(): void {
    if (!this.connection.inTransaction) return;
    this.#tables.flush();
    this.usage.add(this.#tally);
    this.#tally = new UsageTally();
    this.connection.execute("COMMIT");
    this.#published = this.#tables.resumesAt;
  }

  #index(record: Uint8Array): void {
    const position = this.#next;
    const { buffer, byteOffset, length } = record;
    const facts = recordFacts(Buffer.from(buffer, byteOffset, length).toString("utf8"));
    this.#tables.add({ position, facts });
    // What is given again after a start, because the index lacks it or is made anew, is counted already.
    if (position > this.#counted) this.#tally.add({ position, facts });
  }
}

function openLog(boot: number, options: SequencerOptions): TileLog {
  return TileLog.open(boot, bootFiles(options.logs, boot), options);
}

/** Appends what an earlier boot left in the journal to its log. Throws OperatorError when that is not what the boot had signed. */
function finish(log: TileLog, options: SequencerOptions) {
  const last = log.lastSigned();
  const cursor = new JournalCursor(options.journalFolder, log.signed.place);
  try {
    while (cursor.place.sequence < options.durable()) {
      const { records, place } = cursor.read(options.durable());
      const known = Math.max((last?.size ?? 0) - log.size, 0);
      log.append(records.slice(0, known));
      if (last !== undefined) log.requireAgreement(last);
      log.append(records.slice(known));
      log.sign(place);
    }
    if (last !== undefined) log.requireReach(last);
  } finally {
    cursor.close();
  }
  log.settle();
  return { origin: log.origin, signed: log.signed };
}
