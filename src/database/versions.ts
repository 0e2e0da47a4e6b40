import { OperatorError } from "../base/errors.ts";
import type { VersionRef } from "./commit.ts";
import type { Row } from "./database.ts";
import { sql } from "./sql.ts";
import type { SqliteConnection } from "./sqlite.ts";
import type { NextTree } from "./version-tree.ts";
import { bucketDigest, VersionTree } from "./version-tree.ts";

/** The version of what is not there, or not any more. */
const gone = 0;

/** Aggregates whose versions are kept in memory, about 150 bytes each; those of others are read again, with their buckets. */
const mostKnown = 50_000;

/**
 * The newest version of every aggregate. They are in a table, in the buckets of a hash tree whose top the journal keeps: a bucket is
 * read when one of its aggregates is relied on, and compared with the tree. Throws OperatorError when it is not the tree's.
 */
export class Versions {
  readonly #database: SqliteConnection;
  readonly #tree: VersionTree;
  readonly #stateKey: Uint8Array;
  readonly #capacity: number;
  readonly #known = new Map<string, number>();

  constructor(
    database: SqliteConnection,
    tree: VersionTree,
    stateKey: Uint8Array,
    capacity = mostKnown,
  ) {
    this.#database = database;
    this.#tree = tree;
    this.#stateKey = stateKey;
    this.#capacity = capacity;
  }

  /** The aggregates that have moved on from the versions that were relied on. A missing aggregate has version 0. */
  stale(relied: readonly VersionRef[]): readonly string[] {
    return staleOf(relied, (aggregate) => this.#newest(aggregate));
  }

  /** What the journal keeps of the state. */
  digest(): Buffer {
    return this.#tree.digest(this.#stateKey);
  }

  /** The same versions under another key of the state digest. */
  under(stateKey: Uint8Array): Versions {
    return new Versions(this.#database, this.#tree, stateKey, this.#capacity);
  }

  /** The versions after changes that are not in force yet. */
  next(): NextVersions {
    const fresh = new Map<string, number>();
    let tree: NextTree | undefined;
    return {
      stale: (relied) =>
        staleOf(relied, (aggregate) => fresh.get(aggregate) ?? this.#newest(aggregate)),
      set: ({ aggregate, version }) => void fresh.set(aggregate, version),
      store: () => {
        tree = this.#tree.with(this.#store(fresh));
        return this.#tree.digest(this.#stateKey, tree.top);
      },
      settle: () => {
        tree?.settle();
        for (const [aggregate, version] of fresh) this.#keep(aggregate, version);
      },
    };
  }

  #newest(aggregate: string): number {
    const known = this.#known.get(aggregate);
    if (known !== undefined) return known;
    const version = this.#bucket(this.#tree.bucketOf(aggregate)).get(aggregate) ?? gone;
    this.#keep(aggregate, version);
    return version;
  }

  #keep(aggregate: string, version: number): void {
    const [oldest] = this.#known.keys();
    if (this.#known.size >= this.#capacity && oldest !== undefined) this.#known.delete(oldest);
    this.#known.set(aggregate, version);
  }

  #bucket(bucket: number): Map<string, number> {
    const rows = this.#database.rows(
      sql`SELECT aggregate, version FROM aggregate_versions WHERE bucket = ${bucket}`,
    );
    const versions = new Map(rows.map(versionOf));
    if (!this.#tree.holds(bucket, versions)) throw otherDatabase();
    return versions;
  }

  /** Writes versions in the transaction under way; returns the digests of the buckets that hold them. */
  #store(fresh: ReadonlyMap<string, number>): ReadonlyMap<number, Uint8Array> {
    const digests = new Map<number, Uint8Array>();
    const byBucket = Map.groupBy(fresh, ([aggregate]) => this.#tree.bucketOf(aggregate));
    for (const [bucket, changed] of byBucket) {
      const versions = this.#bucket(bucket);
      for (const [aggregate, version] of changed)
        if (version === gone) versions.delete(aggregate);
        else versions.set(aggregate, version);
      for (const [aggregate, version] of changed) this.#write(bucket, aggregate, version);
      const digest = bucketDigest(versions);
      this.#database.write({ statement: replaceBucket(bucket, digest), rows: 1 });
      digests.set(bucket, digest);
    }
    return digests;
  }

  #write(bucket: number, aggregate: string, version: number): void {
    const statement =
      version === gone
        ? sql`DELETE FROM aggregate_versions WHERE bucket = ${bucket} AND aggregate = ${aggregate}`
        : sql`INSERT INTO aggregate_versions (bucket, aggregate, version) VALUES (${bucket}, ${aggregate}, ${version})
            ON CONFLICT (bucket, aggregate) DO UPDATE SET version = excluded.version`;
    this.#database.write({ statement, rows: version === gone ? "any" : 1 });
  }
}

/** Versions that are set inside a transaction. */
export interface NextVersions extends Pick<Versions, "stale"> {
  set(version: VersionRef): void;
  /** Writes what was set, in the transaction under way; returns the digest of the state that it leads to. */
  store(): Buffer;
  /** Brings what was set into force, once the transaction has committed. */
  settle(): void;
}

/** Reads the tree as the database has it. Whether it is the journal's, its digest tells. Throws OperatorError. */
export function readVersions(
  database: SqliteConnection,
  { stateKey, knownVersions }: { readonly stateKey: Uint8Array; readonly knownVersions?: number },
): Versions {
  const [row] = database.rows(sql`SELECT salt FROM version_tree`);
  const salt = row?.["salt"];
  if (!(salt instanceof Uint8Array)) throw otherDatabase();
  const rows = database.each(sql`SELECT bucket, digest FROM version_buckets`);
  const tree = new VersionTree(salt, rows.map(bucketOfRow));
  return new Versions(database, tree, stateKey, knownVersions);
}

/** The statement that stores the digest of a bucket. */
export function replaceBucket(bucket: number, digest: Uint8Array) {
  return sql`INSERT INTO version_buckets (bucket, digest) VALUES (${bucket}, ${digest})
    ON CONFLICT (bucket) DO UPDATE SET digest = excluded.digest`;
}

/** A row with the name and the version of an aggregate. */
export function versionOf(row: Row): readonly [aggregate: string, version: number] {
  return [String(row["aggregate"]), Number(row["version"])];
}

/** What the operator hears of a database in which anything is not as the journal says. */
export function otherDatabase(): OperatorError {
  return new OperatorError(
    "the database is not the one that the audit journal speaks of: rows were put back from an older copy, or one of the two is from another backup. Restore both from the same one",
  );
}

function bucketOfRow(row: Row): readonly [bucket: number, digest: Uint8Array] {
  const { bucket, digest } = row;
  if (!(digest instanceof Uint8Array) || digest.length !== 32) throw otherDatabase();
  return [Number(bucket), digest];
}

function staleOf(
  relied: readonly VersionRef[],
  newest: (aggregate: string) => number,
): readonly string[] {
  return relied
    .filter(({ aggregate, version }) => newest(aggregate) !== version)
    .map(({ aggregate }) => aggregate);
}
