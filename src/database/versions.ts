import { SetDigest } from "../crypto/set-digest.ts";
import type { VersionRef } from "./commit.ts";
import type { Sql } from "./sql.ts";
import type { SqliteConnection } from "./sqlite.ts";

/** The newest version of every aggregate, and a digest over all of them. A missing aggregate has version 0. */
export interface Versions {
  /** The aggregates that have moved on from the versions that were relied on. */
  stale(relied: readonly VersionRef[]): readonly string[];
  digest(): Buffer;
  /** The versions after changes that are not in force yet. */
  next(): NextVersions;
}

/** Versions that are set inside a transaction. */
export interface NextVersions extends Pick<Versions, "stale" | "digest"> {
  set(version: VersionRef): void;
  /** Brings what was set into force, once the transaction has committed. */
  settle(): void;
}

/** The version of what is not there, or not any more. */
const gone = 0;

/** Reads the versions of everything stored. */
export function readVersions(
  database: SqliteConnection,
  {
    stateKey,
    versionQueries,
  }: { readonly stateKey: Uint8Array; readonly versionQueries: readonly Sql[] },
): Versions {
  const newest = new Map<string, number>();
  const set = new SetDigest(stateKey);
  for (const query of versionQueries)
    for (const row of database.rows(query)) {
      const version = { aggregate: String(row["aggregate"]), version: Number(row["version"]) };
      newest.set(version.aggregate, version.version);
      set.add(element(version));
    }
  return versionsOf(newest, set);
}

function versionsOf(newest: Map<string, number>, set: SetDigest): Versions {
  let digest = set;
  return {
    stale: (relied) => staleOf(relied, (aggregate) => newest.get(aggregate)),
    digest: () => digest.digest(),
    next() {
      const fresh = new Map<string, number>();
      const after = digest.copy();
      const get = (aggregate: string): number | undefined =>
        fresh.get(aggregate) ?? newest.get(aggregate);
      return {
        stale: (relied) => staleOf(relied, get),
        digest: () => after.digest(),
        set(version) {
          const before = get(version.aggregate);
          if (before !== undefined && before !== gone)
            after.remove(element({ ...version, version: before }));
          if (version.version !== gone) after.add(element(version));
          fresh.set(version.aggregate, version.version);
        },
        settle() {
          for (const [aggregate, version] of fresh)
            if (version === gone) newest.delete(aggregate);
            else newest.set(aggregate, version);
          digest = after;
        },
      };
    },
  };
}

function staleOf(
  relied: readonly VersionRef[],
  newest: (aggregate: string) => number | undefined,
): readonly string[] {
  return relied
    .filter(({ aggregate, version }) => (newest(aggregate) ?? gone) !== version)
    .map(({ aggregate }) => aggregate);
}

/** Names of aggregates hold no line feed, so no two versions are written alike. */
function element({ aggregate, version }: VersionRef): string {
  return `${version}\n${aggregate}`;
}
