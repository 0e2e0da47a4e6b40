import type { Sql } from "./sql.ts";

/**
 * One version of one aggregate (a key with its children, a user with its access keys, …). A missing aggregate has version 0:
 * a change that sets it removes the aggregate, whose name must never come back with a version that it had.
 */
export interface VersionRef {
  readonly aggregate: string;
  readonly version: number;
}

/** A statement of a state change and how many rows it must affect; any other count means that somebody was faster. */
export interface Write {
  readonly statement: Sql;
  readonly rows: number | "any";
}

/** A write that affected another number of rows than it had to, or broke a uniqueness rule: somebody was faster. */
export class WriteConflict extends Error {
  override readonly name = "WriteConflict";
}

/** There is no room on the disk for a commit: nothing of it happened, and a smaller one may still fit. */
export class NoRoom extends Error {
  override readonly name = "NoRoom";
}

/** The next state of some aggregates: what to write, and the versions that come into force with it. */
export interface Change {
  readonly writes: readonly Write[];
  readonly versions: readonly VersionRef[];
  /** Destroys secrets: what stood in their place must not survive in the engine's files either. */
  readonly erases?: boolean;
}

/**
 * All that one call wants made durable at once: the versions its decision rests on, its state change (if any) and its
 * audit records (JSON text, UTF-8). Nothing of it happens when one of the versions is no longer the newest.
 */
export interface Commit {
  readonly relied: readonly VersionRef[];
  readonly change: Change;
  readonly records: readonly string[];
}

/** `stale` lists the aggregates that moved on; the call must be decided again. Empty: everything is durable. */
export interface CommitResult {
  readonly stale: readonly string[];
}

/**
 * PROMISE: `submit` resolves with no stale aggregate only after the versions were the newest ones, the change is
 * durable and the records are durable, in one order for all calls. NoRoom and ServiceUnavailableException mean that nothing
 * happened; any other rejection that nothing can be said of the outcome to the client but that the service failed.
 */
export interface Committer {
  submit(commit: Commit): Promise<CommitResult>;
}

/** A change that writes nothing. */
export const noChange: Change = { writes: [], versions: [] };

/** Several changes as one. */
export function joinChanges(changes: readonly Change[]): Change {
  const real = changes.filter((change) => change !== noChange);
  const [only = noChange] = real;
  if (real.length <= 1) return only;
  return {
    writes: real.flatMap((change) => change.writes),
    versions: real.flatMap((change) => change.versions),
    erases: real.some((change) => change.erases === true),
  };
}
