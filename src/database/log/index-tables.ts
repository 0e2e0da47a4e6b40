import type { LookupKey } from "../../audit/lookup-attributes.ts";
import type { RecordFacts, SharedFacts } from "../../audit/record-facts.ts";
import type { TrailPosition, TrailScope } from "../../audit/trail.ts";
import type { Row } from "../database.ts";
import type { Sql } from "../sql.ts";
import { sql } from "../sql.ts";
import type { SqliteConnection } from "../sqlite.ts";

/** Records that share the rows of the index. */
export const chunkSize = 16_384;

/**
 * Which records a lookup is after, by chunks of 16,384 positions: for each term (a scope with an attribute and its value) one row of
 * 16-bit places in the chunk; for each chunk the time and the first 32 bits of the event id of every record. So a record costs a few
 * bytes and no row of its own, and filling the index stays as fast as it began.
 */
const indexSchema = `
CREATE TABLE IF NOT EXISTS postings (term TEXT, chunk INTEGER, places BLOB NOT NULL, PRIMARY KEY (term, chunk)) STRICT, WITHOUT ROWID;
CREATE TABLE IF NOT EXISTS chunks (chunk INTEGER PRIMARY KEY, times BLOB NOT NULL, ids BLOB NOT NULL, oldest INTEGER NOT NULL, newest INTEGER NOT NULL, newest_before INTEGER NOT NULL) STRICT;
CREATE TABLE IF NOT EXISTS scopes (account TEXT, region TEXT, position INTEGER NOT NULL, PRIMARY KEY (account, region)) STRICT, WITHOUT ROWID;
CREATE TABLE IF NOT EXISTS progress (singleton INTEGER PRIMARY KEY, position INTEGER NOT NULL) STRICT;
`;

export interface IndexedRecord {
  readonly position: TrailPosition;
  readonly facts: Pick<RecordFacts, "eventId" | "time" | "shared">;
}

/** The term of all management events of a scope, or of those with an attribute. */
export function lookupTerm(
  { account, region }: TrailScope,
  attribute?: { readonly key: LookupKey; readonly value: string },
): string {
  const scope = `${account} ${region}`;
  return attribute === undefined ? scope : `${scope} ${attribute.key} ${attribute.value}`;
}

/** The term of every event of a scope. */
export function scopeTerm({ account, region }: TrailScope): string {
  return `${account} ${region} *`;
}

/** The 32 bits by which an event id is looked for. */
export function idPrefix(eventId: string): number {
  return Number.parseInt(eventId.slice(0, 8), 16) >>> 0;
}

/** Where a term stands in the open chunk. */
interface Posting {
  readonly term: string;
  readonly places: number[];
  /** Whether the tables do not know it as it is now. */
  changed: boolean;
}

/** What the open chunk has of one account and region. */
interface OpenScope {
  readonly scope: TrailScope;
  /** Newest record. */
  position: TrailPosition;
}

/** Where records with the same facts stand in the open chunk. */
interface Place {
  readonly scope: OpenScope;
  readonly postings: readonly Posting[];
}

/** The chunk that is being filled; it is mutable until it is full. */
interface OpenChunk {
  readonly chunk: number;
  readonly times: Uint32Array;
  readonly ids: Uint32Array;
  readonly scopes: Map<string, OpenScope>;
  readonly postings: Map<string, Posting>;
  readonly places: Map<SharedFacts, Place>;
  readonly changed: Posting[];
  readonly newestBefore: number;
  /** Whether the tables hold a part of it that this process did not add. */
  readonly resumed: boolean;
  filled: number;
  oldest: number;
  newest: number;
}

/** Fills the index, in the order of positions. */
export class IndexTables {
  readonly #connection: SqliteConnection;
  #open: OpenChunk;
  /** Scopes whose newest record the tables do not know, of chunks that were full before they were asked for too. */
  readonly #moved = new Set<OpenScope>();

  /** Goes on behind what the tables hold; they are of other logs when these end before it. */
  constructor(connection: SqliteConnection, end: TrailPosition) {
    this.#connection = connection;
    connection.execute(indexSchema);
    const chunk = Math.floor(this.position / chunkSize);
    const [before] = connection.rows(
      sql`SELECT MAX(newest, newest_before) AS newest FROM chunks WHERE chunk = ${chunk - 1}`,
    );
    const begun = this.position < end ? this.#resumedChunk(chunk) : undefined;
    this.#open = begun ?? openChunk(chunk, Number(before?.["newest"] ?? 0));
  }

  /** The newest position that the tables hold. */
  get position(): TrailPosition {
    const [row] = this.#connection.rows(sql`SELECT position FROM progress`);
    return Number(row?.["position"] ?? 0);
  }

  /** The position behind which records must be given. */
  get resumesAt(): TrailPosition {
    return this.#open.chunk * chunkSize + this.#open.filled;
  }

  add({ position, facts: { eventId, time, shared } }: IndexedRecord): void {
    const open = this.#room();
    if (position !== this.resumesAt + 1) throw new RangeError(`position ${position} out of turn`);
    const at = open.filled++;
    open.times[at] = time;
    open.ids[at] = idPrefix(eventId);
    open.oldest = Math.min(open.oldest, time);
    open.newest = Math.max(open.newest, time);
    const { scope, postings } = open.places.getOrInsertComputed(shared, (facts) =>
      this.#placeOf(facts),
    );
    scope.position = position;
    this.#moved.add(scope);
    for (const posting of postings) this.#notePlace(posting, at);
  }

  /** Leaves out the next position: its record is not kept any more. */
  skip(): void {
    this.#room().filled++;
  }

  /** Writes what was added. Call it in a transaction. */
  flush(): void {
    this.#flushChunk();
    for (const { scope, position } of this.#moved)
      this.#write(
        sql`INSERT INTO scopes (account, region, position) VALUES (${scope.account}, ${scope.region}, ${position}) ON CONFLICT DO UPDATE SET position = excluded.position`,
      );
    this.#moved.clear();
    this.#write(
      sql`INSERT INTO progress (singleton, position) VALUES (1, ${this.resumesAt}) ON CONFLICT DO UPDATE SET position = MAX(position, excluded.position)`,
    );
  }

  /** The open chunk; a full one is written and another begun. */
  #room(): OpenChunk {
    if (this.#open.filled === chunkSize) {
      this.#flushChunk();
      const { chunk, newest, newestBefore } = this.#open;
      this.#open = openChunk(chunk + 1, Math.max(newest, newestBefore));
    }
    return this.#open;
  }

  #placeOf({ account, region, management, attributes }: SharedFacts): Place {
    const scope = { account, region };
    const terms = [scopeTerm(scope)];
    if (management) {
      terms.push(lookupTerm(scope));
      for (const [key, value] of attributes) terms.push(lookupTerm(scope, { key, value }));
    }
    return {
      scope: this.#open.scopes.getOrInsertComputed(lookupTerm(scope), () => ({
        scope,
        position: 0,
      })),
      postings: terms.map((term) => this.#posting(term)),
    };
  }

  #posting(term: string): Posting {
    return this.#open.postings.getOrInsertComputed(term, () => ({
      term,
      places: this.#placesBefore(term),
      changed: false,
    }));
  }

  #notePlace(posting: Posting, place: number): void {
    const { places } = posting;
    if (places.at(-1) !== place) places.push(place);
    if (posting.changed) return;
    posting.changed = true;
    this.#open.changed.push(posting);
  }

  /** What the tables hold of a term in the open chunk. */
  #placesBefore(term: string): number[] {
    if (!this.#open.resumed) return [];
    const [row] = this.#connection.rows(
      sql`SELECT places FROM postings WHERE term = ${term} AND chunk = ${this.#open.chunk}`,
    );
    return row === undefined ? [] : [...numbersOf(row, "places")];
  }

  /** A chunk that was not full at the end of another process; undefined when the tables do not hold all of it. */
  #resumedChunk(chunk: number): OpenChunk | undefined {
    const [row] = this.#connection.rows(
      sql`SELECT times, ids, oldest, newest, newest_before FROM chunks WHERE chunk = ${chunk}`,
    );
    if (row === undefined) return undefined;
    const [times, ids] = [numbersOf(row, "times"), numbersOf(row, "ids")];
    const filled = this.position - chunk * chunkSize;
    if (times.length !== filled || ids.length !== filled) return undefined;
    const open = openChunk(chunk, Number(row["newest_before"]), true);
    open.times.set(times);
    open.ids.set(ids);
    const [oldest, newest] = [Number(row["oldest"]), Number(row["newest"])];
    return Object.assign(open, { filled, oldest, newest });
  }

  #flushChunk(): void {
    const { chunk, times, ids, changed, filled, oldest, newest, newestBefore } = this.#open;
    if (filled === 0) return;
    for (const posting of changed.splice(0)) {
      posting.changed = false;
      const { term } = posting;
      const bytes = bytesOf(Uint16Array.from(posting.places));
      this.#write(
        sql`INSERT INTO postings (term, chunk, places) VALUES (${term}, ${chunk}, ${bytes}) ON CONFLICT DO UPDATE SET places = excluded.places`,
      );
    }
    const [timeBytes, idBytes] = [times, ids].map((each) => bytesOf(each.subarray(0, filled)));
    this.#write(
      sql`INSERT INTO chunks (chunk, times, ids, oldest, newest, newest_before) VALUES (${chunk}, ${timeBytes ?? null}, ${idBytes ?? null}, ${oldest}, ${newest}, ${newestBefore}) ON CONFLICT DO UPDATE SET times = excluded.times, ids = excluded.ids, oldest = excluded.oldest, newest = excluded.newest`,
    );
  }

  #write(statement: Sql): void {
    this.#connection.write({ statement, rows: "any" });
  }
}

function openChunk(chunk: number, newestBefore: number, resumed = false): OpenChunk {
  return {
    chunk,
    times: new Uint32Array(chunkSize),
    ids: new Uint32Array(chunkSize),
    scopes: new Map(),
    postings: new Map(),
    places: new Map(),
    changed: [],
    newestBefore,
    resumed,
    filled: 0,
    oldest: Number.MAX_SAFE_INTEGER,
    newest: 0,
  };
}

function bytesOf(array: Uint16Array | Uint32Array): Uint8Array {
  return new Uint8Array(array.buffer, array.byteOffset, array.byteLength);
}

/** The numbers of a column of bytes. */
export function numbersOf(row: Row, column: "places" | "times" | "ids"): Uint16Array | Uint32Array {
  // A copy, because a row's bytes need not begin at a multiple of four.
  const bytes = Uint8Array.from(row[column] as Uint8Array);
  return column === "places" ? new Uint16Array(bytes.buffer) : new Uint32Array(bytes.buffer);
}
