import type { Clock } from "../base/clock.ts";
import { AwsError } from "../base/errors.ts";
import type { Ids } from "../crypto/random.ts";
import type { Change, CommitResult, Committer, VersionRef } from "../database/commit.ts";
import { joinChanges, NoRoom, noChange } from "../database/commit.ts";
import { toWire } from "../shape/wire.ts";
import type { Caller } from "./context.ts";
import { CallContext } from "./context.ts";
import type { Answer, Call, Forward, Invoke, InvokeInside, Perform } from "./invoke.ts";
import { Lanes } from "./lanes.ts";
import type { Note, Service } from "./registry.ts";
import type { Attempted } from "./run.ts";
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
  readonly noteCaller?: (
    context: CallContext,
    service: string,
  ) => Note | undefined | Promise<Note | undefined>;
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
  readonly settle: () => Performed | Promise<Performed>;
}

/** The ways into the pipeline. */
export interface Entrances {
  /** For requests of clients, answered in the JSON of the wire. */
  readonly invoke: Invoke;
  /** For requests of clients that are answered otherwise. */
  readonly perform: Perform;
  /** For services of ours. */
  readonly inside: InvokeInside;
}

/** A call from either side. */
interface Entry extends Pick<Call, "service" | "operation" | "body"> {
  /** The context of one try: the caller as of now. */
  readonly context: (last: Run | undefined) => Promise<CallContext>;
  /** Whether the caller itself sent it. */
  readonly direct: boolean;
}

/** What one service relied on of the caller has moved on: who asked it must decide again, with the caller as of now. */
class Overtaken extends Error {
  override readonly name = "Overtaken";
}

/**
 * The pipeline: the only way to a handler. The order of its steps is the security argument of the service
 * (docs/authorization.md): validate → locate → authorize → count against quotas → check state and usage → handle →
 * DryRun stops here → record → commit → answer. Handlers only decide, nothing happens before the commit: so DryRun runs them too, and finds every
 * fault that the real call would. A refused call is recorded and committed like any other.
 */
export function createPipeline(pipeline: Pipeline): Entrances {
  const lanes = new Lanes();
  const inside: InvokeInside = async ({ input, context, ...asked }) => {
    const entry = { ...asked, body: () => input, context: async () => context, direct: false };
    return (await perform(pipeline, { lanes, inside }, entry)).output;
  };
  const sent = (call: Call): Promise<Performed> => {
    const context = async (last: Run | undefined): Promise<CallContext> => {
      const caller = await identify(pipeline, call, last);
      return CallContext.direct(caller, { ...call, time: pipeline.clock() });
    };
    const entry = { ...call, body: () => call.body(), context, direct: true };
    return perform(pipeline, { lanes, inside }, entry);
  };
  return {
    inside,
    perform: async (call) => (await sent(call)).output,
    invoke: async (call) => (await sent(call)).answer(),
  };
}

/** The way into a pipeline for clients. */
export function createInvoke(pipeline: Pipeline): Invoke {
  return createPipeline(pipeline).invoke;
}

interface Performed {
  readonly output: unknown;
  readonly answer: () => Answer;
}

async function perform(
  pipeline: Pipeline,
  { lanes, inside }: { readonly lanes: Lanes; readonly inside: InvokeInside },
  entry: Entry,
): Promise<Performed> {
  const { service, operation } = find(pipeline, entry);
  let last: Run | undefined;
  for (let tried = 0; tried < tries; tried++) {
    const context = await entry.context(last);
    // What changes a thing takes its turn there; so does what was overtaken once, or busy changers could starve it.
    const queue = operation.readOnly && tried === 0 ? undefined : lanes;
    last = new Run(service, operation, context);
    using attempted = last;
    const forward: Forward = (other, asked, input) => {
      const through = context.forward(service.wire.signingName);
      return inside({ service: other, operation: asked, input, context: through });
    };
    const how = { queue, first: tried === 0, forward };
    const attempt = await decideCall(pipeline, entry, attempted, how);
    if (attempt === undefined) continue;
    const noted = entry.direct ? pipeline.noteCaller?.(context, entry.service) : undefined;
    const stale = await commit(pipeline, attempt, noted instanceof Promise ? await noted : noted);
    if (stale.length === 0) return await attempt.settle();
    const ofCaller = context.caller.versions.some(({ aggregate }) => stale.includes(aggregate));
    if (ofCaller && !entry.direct) throw new Overtaken("the caller has changed");
  }
  throw await recorded(pipeline, last, new Error(`met a newer version ${tries} times in a row`));
}

function find(pipeline: Pipeline, asked: Entry) {
  const service = pipeline.services.get(asked.service);
  const operation = service?.operations[asked.operation];
  if (service === undefined || operation === undefined)
    throw new AwsError("UnknownOperationException");
  return { service, operation };
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

/** Makes an attempt durable with what is noted of it, unless it relied on something that has moved on: that is the answer. */
async function commit(
  pipeline: Pipeline,
  attempt: Attempt,
  use?: Note,
): Promise<readonly string[]> {
  const notes = use === undefined ? attempt.notes : [...attempt.notes, use];
  const { stale, noted } = await submit(pipeline, attempt, notes);
  pipeline.forget(stale);
  pipeline.forget(attempt.change.versions.map((version) => version.aggregate));
  if (stale.length === 0 && noted) for (const note of notes) note.durable();
  return stale;
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

/** To the call that its caller sent itself. */
function handOn(overtaken: Overtaken, { direct }: Entry): undefined {
  if (!direct) throw overtaken;
}

/** Undefined when a service that was asked found the caller changed: the call is to be decided again. */
async function decideCall(
  pipeline: Pipeline,
  entry: Entry,
  run: Run,
  how: Attempted,
): Promise<Attempt | undefined> {
  try {
    const outcome = await run.perform(entry, how);
    const { output } = outcome;
    const note = run.note(pipeline.ids);
    return {
      relied: outcome.relied === undefined ? run.relied : [...run.relied, ...outcome.relied],
      change: joinChanges([...run.creations, outcome.change ?? noChange]),
      notes: note === undefined ? [] : [note],
      records: run.records(pipeline.ids, outcome),
      settle: () => ({
        output,
        answer: () => (run.answers ? toWire(output, run.dates) : undefined),
      }),
    };
  } catch (error) {
    if (error instanceof Overtaken) return handOn(error, entry);
    return {
      relied: run.relied,
      change: noChange,
      notes: [],
      records: run.records(pipeline.ids, undefined, error),
      settle: async () => {
        throw await run.explained(error);
      },
    };
  }
}
