import { equalBytes } from "../crypto/hash.ts";
import { randomBytes } from "../crypto/random.ts";
import { SetDigest } from "../crypto/set-digest.ts";
import type { Row } from "./database.ts";
import type { Journal } from "./journal.ts";
import type { Sql } from "./sql.ts";
import { sql } from "./sql.ts";
import type { SqliteConnection } from "./sqlite.ts";
import { inTransaction } from "./sqlite.ts";
import { bucketDigest, bucketOf, isTreeDigest, saltLength } from "./version-tree.ts";
import type { Versions } from "./versions.ts";
import { otherDatabase, readVersions, replaceBucket, versionOf } from "./versions.ts";

/** What the tree of a database is made from. */
export interface Planted {
  readonly stateKey: Uint8Array;
  readonly versionQueries: readonly Sql[];
  /** Told now and then how many aggregates are done. */
  readonly progress?: (done: number) => void;
}

const progressEvery = 100_000;

/** Makes the tree of the versions of everything stored, in the transaction under way: sorted outside of memory, however many there are. */
export function plantVersions(
  database: SqliteConnection,
  { versionQueries, progress = () => undefined }: Planted,
): void {
  const salt = randomBytes(saltLength);
  for (const table of ["version_tree", "version_buckets", "aggregate_versions"])
    database.execute(`DELETE FROM ${table}`);
  database.write({
    statement: sql`INSERT INTO version_tree (singleton, salt) VALUES (1, ${salt})`,
    rows: 1,
  });
  database.execute(
    "CREATE TEMPORARY TABLE unsorted_versions (bucket INTEGER, aggregate TEXT, version INTEGER)",
  );
  let done = 0;
  for (const query of versionQueries)
    for (const row of database.each(query)) {
      const [aggregate, version] = versionOf(row);
      database.write({
        statement: sql`INSERT INTO unsorted_versions (bucket, aggregate, version) VALUES (${bucketOf(salt, aggregate)}, ${aggregate}, ${version})`,
        rows: 1,
      });
      if (++done % progressEvery === 0) progress(done);
    }
  database.execute(
    "INSERT INTO aggregate_versions (bucket, aggregate, version) SELECT bucket, aggregate, version FROM unsorted_versions ORDER BY bucket, aggregate",
  );
  database.execute("DROP TABLE unsorted_versions");
  for (const [bucket, rows] of bucketsOf(database)) {
    const digest = bucketDigest(new Map(rows.map(versionOf)));
    database.write({ statement: replaceBucket(bucket, digest), rows: 1 });
  }
}

/** The rows of one bucket of the tree after the other. */
export function* bucketsOf(
  database: SqliteConnection,
): Generator<readonly [bucket: number, rows: readonly Row[]]> {
  let current: number | undefined;
  let rows: Row[] = [];
  for (const row of database.each(
    sql`SELECT bucket, aggregate, version FROM aggregate_versions ORDER BY bucket, aggregate`,
  )) {
    const bucket = Number(row["bucket"]);
    if (current !== undefined && bucket !== current) {
      yield [current, rows];
      rows = [];
    }
    current = bucket;
    rows.push(row);
  }
  if (current !== undefined) yield [current, rows];
}

/** The versions, of a database that has a tree or gets one. Throws OperatorError unless it is the one that the journal left. */
export function openVersions(
  database: SqliteConnection,
  journal: Journal,
  options: Planted & { readonly knownVersions?: number },
): Versions {
  const { digest } = journal;
  if (digest !== undefined && !isTreeDigest(digest)) upgradeVersions(database, journal, options);
  const state = readVersions(database, options);
  if (!equalBytes(journal.digest ?? Buffer.alloc(0), state.digest())) throw otherDatabase();
  return state;
}

/**
 * Gives a tree to a database from before there was one, once it is the one that the journal speaks of: the journal's digest was of
 * 32 bytes, a keyed sum over all versions. The outbox completes the journal after a crash. Throws OperatorError.
 */
function upgradeVersions(database: SqliteConnection, journal: Journal, planted: Planted): void {
  journal.reserve([]);
  const digest = inTransaction(database, () => {
    const before = sumOf(database, planted);
    if (journal.digest === undefined || !equalBytes(journal.digest, before)) throw otherDatabase();
    plantVersions(database, planted);
    const after = readVersions(database, planted).digest();
    database.execute("DELETE FROM outbox");
    database.write({
      statement: sql`INSERT INTO outbox (sequence, kind, payload) VALUES (${journal.sequence + 1}, 'state', ${after})`,
      rows: 1,
    });
    return after;
  });
  journal.append([], digest);
}

function sumOf(database: SqliteConnection, { stateKey, versionQueries }: Planted): Buffer {
  const sum = new SetDigest(stateKey);
  for (const query of versionQueries)
    for (const row of database.each(query)) {
      const [aggregate, version] = versionOf(row);
      sum.add(`${version}\n${aggregate}`);
    }
  return sum.digest();
}
