import type { Clock } from "../base/clock.ts";
import { AwsError } from "../base/errors.ts";
import type { Ids } from "../crypto/random.ts";
import type { Change, CommitResult, Committer, VersionRef } from "../database/commit.ts";
import { joinChanges, NoRoom, noChange } from "../database/commit.ts";
import { toWire } from "../shape/wire.ts";
import type { Caller } from "./context.ts";
import { CallContext } from "./context.ts";
import type { Answer, Call, Invoke } from "./invoke.ts";
import { Lanes } from "./lanes.ts";
import type { Note, Service } from "./registry.ts";
import { Run } from "./run.ts";

export interface Pipeline {
  /** By signing name. */
  readonly services: ReadonlyMap<string, Service>;
  readonly committer: Committer;
  readonly clock: Clock;
  readonly ids: Ids;
  /** Called with aggregates that changed, so that nothing older stays in a cache. */
  readonly forget: (aggregates: readonly string[]) => void;
  /** Keeps that the caller's credential was used for a service, whatever comes of the call. */
  readonly noteCaller?: (context: CallContext, service: string) => Promise<Note | undefined>;
}

/** Times that a call is decided again because what it relied on changed meanwhile. */
const tries = 8;

/** What one try came to, before it is durable. */
interface Attempt {
  readonly relied: readonly VersionRef[];
  readonly change: Change;
  /** What the service keeps of the call beside its change. */
  readonly notes: readonly Note[];
  readonly records: readonly string[];
  readonly settle: () => Answer;
}

/**
 * The pipeline: the only way to a handler. The order of its steps is the security argument of the service
 * (docs/authorization.md): validate → locate → authorize → count against quotas → check state and usage → handle →
 * DryRun stops here → record → commit → answer. Handlers only decide, nothing happens before the commit: so DryRun runs them too, and finds every
 * fault that the real call would. A refused call is recorded and committed like any other.
 */
export function createInvoke(pipeline: Pipeline): Invoke {
  const lanes = new Lanes();
  return async (call) => {
    const service = pipeline.services.get(call.service);
    const operation = service?.operations[call.operation];
    if (service === undefined || operation === undefined)
      throw new AwsError("UnknownOperationException");
    let last: Run | undefined;
    for (let tried = 0; tried < tries; tried++) {
      const caller = await identify(pipeline, call, last);
      const context = CallContext.direct(caller, { ...call, time: pipeline.clock() });
      // What changes a thing takes its turn there; so does what was overtaken once, or busy changers could starve it.
      const queue = operation.readOnly && tried === 0 ? undefined : lanes;
      last = new Run(service, operation, context);
      using attempted = last;
      const attempt = await decideCall(pipeline, call, attempted, { queue, first: tried === 0 });
      const use = await pipeline.noteCaller?.(context, call.service);
      if (await commit(pipeline, attempt, use)) return attempt.settle();
    }
    throw await recorded(pipeline, last, new Error(`met a newer version ${tries} times in a row`));
  };
}

/** The caller as of now. A credential that has gone since the first try ends the call, with a record. */
async function identify(pipeline: Pipeline, call: Call, last: Run | undefined): Promise<Caller> {
  try {
    return await call.identify();
  } catch (error) {
    throw await recorded(pipeline, last, error);
  }
}

/** Records how a call ended that no commit could settle, and hands its error on. */
async function recorded(
  pipeline: Pipeline,
  run: Run | undefined,
  error: unknown,
): Promise<unknown> {
  const records = run?.records(pipeline.ids, undefined, error) ?? [];
  if (records.length > 0)
    await pipeline.committer.submit({ relied: [], change: noChange, records });
  return error;
}

/** Makes an attempt durable with what is noted of it; false when it relied on something that has moved on. */
async function commit(pipeline: Pipeline, attempt: Attempt, use?: Note): Promise<boolean> {
  const notes = [...attempt.notes, ...(use === undefined ? [] : [use])];
  const { stale, noted } = await submit(pipeline, attempt, notes);
  pipeline.forget([...stale, ...attempt.change.versions.map((version) => version.aggregate)]);
  if (stale.length > 0) return false;
  if (noted) for (const note of notes) note.durable();
  return true;
}

interface Submitted extends CommitResult {
  /** Whether the notes were part of it. */
  readonly noted: boolean;
}

/** Notes that find no room wait for another call: what changes nothing goes on for as long as it can be recorded. */
async function submit(
  { committer }: Pipeline,
  { relied, change, records }: Attempt,
  notes: readonly Note[],
): Promise<Submitted> {
  try {
    const both = joinChanges([change, ...notes.map((note) => note.change)]);
    return { ...(await committer.submit({ relied, change: both, records })), noted: true };
  } catch (error) {
    const spare = notes.length > 0 && change.writes.length === 0;
    if (!(error instanceof NoRoom) || !spare) throw error;
    return { ...(await committer.submit({ relied, change, records })), noted: false };
  }
}

async function decideCall(
  pipeline: Pipeline,
  call: Call,
  run: Run,
  { queue, first }: { readonly queue: Lanes | undefined; readonly first: boolean },
): Promise<Attempt> {
  try {
    const outcome = await run.perform(call, queue, first);
    const output = toWire(outcome.output, run.dates);
    const note = run.note(pipeline.ids);
    return {
      relied: [...run.relied, ...(outcome.relied ?? [])],
      change: joinChanges([...run.creations, outcome.change ?? noChange]),
      notes: note === undefined ? [] : [note],
      records: run.records(pipeline.ids, outcome),
      settle: () => (run.answers ? output : undefined),
    };
  } catch (error) {
    return {
      relied: run.relied,
      change: noChange,
      notes: [],
      records: run.records(pipeline.ids, undefined, error),
      settle: () => {
        throw error;
      },
    };
  }
}
