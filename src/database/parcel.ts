import type { Change, Commit, VersionRef } from "./commit.ts";
import { noChange } from "./commit.ts";

/**
 * Commits on their way to the writer's thread, as a few flat lists: what is sent to a thread is cloned, and many small objects
 * cost more to clone than all that the writer does with them.
 */
export interface Parcel {
  /** Id of the first commit; those of the others follow. */
  readonly first: number;
  /** Of all commits, one after the other. */
  readonly records: readonly string[];
  /** The versions that commits rely on, each once. */
  readonly aggregates: readonly string[];
  readonly versions: readonly number[];
  /** Of each commit: how many records it has, how many versions it relies on, and the places of these. */
  readonly layout: readonly number[];
  /** Of the commits that write, by their place in the parcel. */
  readonly changes: readonly (readonly [place: number, change: Change])[];
}

/** A commit under the id that its answer will have. */
export interface Pending {
  readonly id: number;
  readonly commit: Commit;
}

/** Packs commits with ids that follow one another. */
export function packCommits(first: number, commits: readonly Commit[]): Parcel {
  const refs = new VersionList();
  const layout: number[] = [];
  const records: string[] = [];
  const changes: [number, Change][] = [];
  commits.forEach((commit, place) => {
    layout.push(commit.records.length, commit.relied.length);
    for (const ref of commit.relied) layout.push(refs.placeOf(ref));
    for (const record of commit.records) records.push(record);
    if (isChange(commit.change)) changes.push([place, commit.change]);
  });
  return { first, records, aggregates: refs.aggregates, versions: refs.versions, layout, changes };
}

/** The commits of a parcel, in the order in which they were packed. */
export function unpackCommits({
  first,
  records,
  aggregates,
  versions,
  layout,
  changes,
}: Parcel): readonly Pending[] {
  const refs = aggregates.map((aggregate, at): VersionRef => {
    return { aggregate, version: versions[at] ?? Number.NaN };
  });
  const changeAt = new Map(changes);
  const unpacked: Pending[] = [];
  let record = 0;
  for (let at = 0; at < layout.length; ) {
    const [recordCount = 0, reliedCount = 0] = [layout[at], layout[at + 1]];
    const relied = layout.slice(at + 2, at + 2 + reliedCount).flatMap((place) => refs[place] ?? []);
    const place = unpacked.length;
    unpacked.push({
      id: first + place,
      commit: {
        relied,
        change: changeAt.get(place) ?? noChange,
        records: records.slice(record, record + recordCount),
      },
    });
    record += recordCount;
    at += 2 + reliedCount;
  }
  return unpacked;
}

function isChange({ writes, versions, erases }: Change): boolean {
  return writes.length > 0 || versions.length > 0 || erases === true;
}

/** Versions, each at one place. */
class VersionList {
  readonly aggregates: string[] = [];
  readonly versions: number[] = [];
  readonly #places = new Map<string, number>();

  placeOf({ aggregate, version }: VersionRef): number {
    const known = this.#places.get(aggregate);
    if (known !== undefined && this.versions[known] === version) return known;
    this.#places.set(aggregate, this.versions.length);
    this.aggregates.push(aggregate);
    return this.versions.push(version) - 1;
  }
}
