import type { LookupMark, LookupQuery, TrailPosition, TrailScope } from "../../audit/trail.ts";
import type { Row } from "../database.ts";
import { sql } from "../sql.ts";
import type { SqliteConnection } from "../sqlite.ts";
import { chunkSize, idPrefix, lookupTerm, numbersOf, scopeTerm } from "./index-tables.ts";

/** A record that a lookup found, not yet read. */
export type Hit = LookupMark;

/**
 * The records that a query is after, newest first by time, then by position, one by one: nothing is read ahead of what is taken.
 * Records become durable a little out of the order of their times, so a hit waits until no older chunk can hold a newer one.
 */
export function* lookup(connection: SqliteConnection, query: LookupQuery): Generator<Hit> {
  let waiting: readonly Hit[] = [];
  for (const { hits, newestBefore } of chunksOf(connection, query)) {
    waiting = [...waiting, ...hits].toSorted(newestFirst);
    const due = waiting.filter((hit) => hit.time >= newestBefore);
    waiting = waiting.slice(due.length);
    yield* due;
    if (query.from !== undefined && newestBefore < query.from) break;
  }
  yield* waiting;
}

function newestFirst(a: Hit, b: Hit): number {
  return b.time - a.time || b.position - a.position;
}

interface ChunkHits {
  readonly hits: readonly Hit[];
  /** No record of an older chunk is newer. */
  readonly newestBefore: number;
}

/** Chunks that may hold hits, newest first. */
function* chunksOf(connection: SqliteConnection, query: LookupQuery): Generator<ChunkHits> {
  const { attribute, to = Number.MAX_SAFE_INTEGER, after } = query;
  const latest = Math.min(to, after?.time ?? to);
  const term = lookupTerm(query, attribute?.key === "EventId" ? undefined : attribute);
  let chunk = Number.MAX_SAFE_INTEGER;
  for (;;) {
    const [row] = connection.rows(
      sql`SELECT postings.chunk, places, times, ids, newest_before FROM postings JOIN chunks ON chunks.chunk = postings.chunk WHERE term = ${term} AND postings.chunk < ${chunk} AND oldest <= ${latest} ORDER BY postings.chunk DESC LIMIT 1`,
    );
    if (row === undefined) return;
    chunk = Number(row["chunk"]);
    yield { hits: hitsIn(row, query), newestBefore: Number(row["newest_before"]) };
  }
}

function hitsIn(row: Row, query: LookupQuery): readonly Hit[] {
  const [times, ids] = [numbersOf(row, "times"), numbersOf(row, "ids")];
  const first = Number(row["chunk"]) * chunkSize + 1;
  const id = query.attribute?.key === "EventId" ? idPrefix(query.attribute.value) : undefined;
  const hits: Hit[] = [];
  for (const place of numbersOf(row, "places")) {
    const hit = { time: times[place] ?? 0, position: first + place };
    if ((id === undefined || ids[place] === id) && isAsked(hit, query)) hits.push(hit);
  }
  return hits;
}

function isAsked(
  hit: Hit,
  { from = 0, to = Number.MAX_SAFE_INTEGER, after }: LookupQuery,
): boolean {
  return hit.time >= from && hit.time <= to && isBehind(hit, after);
}

function isBehind(hit: Hit, mark: LookupMark | undefined): boolean {
  return mark === undefined || newestFirst(mark, hit) < 0;
}

/** Positions of the records of a scope behind a position, in order. */
export function* positionsOf(
  connection: SqliteConnection,
  scope: TrailScope,
  after: TrailPosition,
): Generator<TrailPosition> {
  const term = scopeTerm(scope);
  let chunk = Math.floor(after / chunkSize) - 1;
  for (;;) {
    const [row] = connection.rows(
      sql`SELECT chunk, places FROM postings WHERE term = ${term} AND chunk > ${chunk} ORDER BY chunk LIMIT 1`,
    );
    if (row === undefined) return;
    chunk = Number(row["chunk"]);
    for (const place of numbersOf(row, "places")) {
      const position = chunk * chunkSize + place + 1;
      if (position > after) yield position;
    }
  }
}

/** The regions in which an account has records behind a position. */
export function regionsOf(
  connection: SqliteConnection,
  account: string,
  after: TrailPosition,
): readonly string[] {
  return connection
    .rows(
      sql`SELECT region FROM scopes WHERE account = ${account} AND position > ${after} ORDER BY region`,
    )
    .map((row) => String(row["region"]));
}
