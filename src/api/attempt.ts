import type { Soon } from "../base/soon.ts";
import type { Change, CommitResult, Committer, VersionRef } from "../database/commit.ts";
import { joinChanges, NoRoom, noChange } from "../database/commit.ts";
import type { Answer } from "./invoke.ts";
import type { Note } from "./registry.ts";

/** Where attempts become durable, and what has to know of it. */
export interface Books {
  readonly committer: Committer;
  /** Called with aggregates that changed, so that nothing older stays in a cache. */
  readonly forget: (aggregates: readonly string[]) => void;
  /** Called with versions that are in force now, for caches that know what has come with them. */
  readonly renew?: (versions: readonly VersionRef[]) => void;
}

/** What a call that was done gives. */
export interface Performed {
  readonly output: unknown;
  readonly answer: () => Answer;
}

/** What one try came to, before it is durable. */
export interface Attempt {
  readonly relied: readonly VersionRef[];
  readonly change: Change;
  /** What the service keeps of the call beside its change. */
  readonly notes: readonly Note[];
  readonly records: readonly string[];
  readonly settle: () => Soon<Performed>;
}

/** Makes an attempt durable with what is noted of it, unless it relied on something that has moved on. */
export function submit(
  { committer }: Books,
  { relied, records, change }: Attempt,
  notes: readonly Note[],
): Promise<CommitResult> {
  const noted = notes.some((note) => note.change !== noChange);
  const all = noted ? joinChanges([change, ...notes.map((note) => note.change)]) : change;
  return committer.submit({ relied, change: all, records });
}

/** Notes that find no room wait for another call: what changes nothing goes on for as long as it can be recorded. */
export async function withoutNotes(
  books: Books,
  attempt: Attempt,
  notes: readonly Note[],
  error: unknown,
): Promise<readonly string[]> {
  const spare = notes.length > 0 && attempt.change.writes.length === 0;
  if (!(error instanceof NoRoom) || !spare) throw error;
  return concluded(books, attempt, [], await submit(books, attempt, []));
}

/** Brings the caches up to date with what became of an attempt; tells what it relied on that has moved on. */
export function concluded(
  books: Books,
  { change }: Attempt,
  notes: readonly Note[],
  { stale }: CommitResult,
): readonly string[] {
  if (stale.length > 0) books.forget(stale);
  if (change !== noChange) keepUp(books, change, stale);
  if (stale.length === 0) for (const note of notes) note.durable();
  return stale;
}

/** What a change has touched is read anew, or known as it is now. */
function keepUp(books: Books, { versions }: Change, stale: readonly string[]): void {
  books.forget(versions.map(({ aggregate }) => aggregate));
  if (stale.length === 0) books.renew?.(versions);
}
