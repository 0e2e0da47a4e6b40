import type { Clock } from "../base/clock.ts";
import { AwsError } from "../base/errors.ts";
import type { Soon } from "../base/soon.ts";
import { after } from "../base/soon.ts";
import type { Ids } from "../crypto/random.ts";
import type { Change } from "../database/commit.ts";
import { joinChanges, noChange } from "../database/commit.ts";
import { toWire } from "../shape/wire.ts";
import type { Attempt, Books, Performed } from "./attempt.ts";
import { concluded, submit, withoutNotes } from "./attempt.ts";
import type { Caller } from "./context.ts";
import { CallContext } from "./context.ts";
import { Elsewhere } from "./elsewhere.ts";
import type { Answer, Call, Invoke, InvokeInside, Perform } from "./invoke.ts";
import { Lanes } from "./lanes.ts";
import type { AnyOperation, Outcome } from "./operation.ts";
import type { Note, Service } from "./registry.ts";
import type { Attempted } from "./run.ts";
import { Run } from "./run.ts";

export interface Pipeline extends Books {
  /** By signing name. */
  readonly services: ReadonlyMap<string, Service>;
  readonly clock: Clock;
  readonly ids: Ids;
  /** Keeps that the caller's credential was used for a service, whatever comes of the call. */
  readonly noteCaller?: (context: CallContext, service: string) => Soon<Note | undefined>;
  /** Tries after which a call that was overtaken is Elsewhere's: turns are taken where changes are made, and only there none is starved. */
  readonly triesHere?: number;
}

/** Times that a call is decided again because what it relied on changed meanwhile. */
const tries = 8;

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
  readonly context: (last: Run | undefined) => Soon<CallContext>;
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
  const outputOf = ({ output }: Performed): unknown => output;
  const inside: InvokeInside = ({ input, context, ...asked }) => {
    const entry = { ...asked, body: () => input, context: () => context, direct: false };
    return perform(pipeline, ways, entry, outputOf);
  };
  const ways: Ways = { lanes: new Lanes(), inside, ids: pipeline.ids };
  const sent = <T>(call: Call, finish: (performed: Performed) => T): Promise<T> => {
    const { region, requestId, batchId, connection } = call;
    const contextOf = (caller: Caller): CallContext => {
      const time = pipeline.clock();
      return CallContext.direct(caller, { region, requestId, batchId, time, connection });
    };
    const entry: Entry = {
      service: call.service,
      operation: call.operation,
      body: () => call.body(),
      context: (last) => after(identify(pipeline, call, last), contextOf),
      direct: true,
    };
    return perform(pipeline, ways, entry, finish);
  };
  return {
    inside,
    perform: (call) => sent(call, outputOf),
    invoke: (call) => sent(call, (performed) => performed.answer()),
  };
}

/** The way into a pipeline for clients. */
export function createInvoke(pipeline: Pipeline): Invoke {
  return createPipeline(pipeline).invoke;
}

function perform<T>(
  pipeline: Pipeline,
  ways: Ways,
  entry: Entry,
  finish: (performed: Performed) => T,
): Promise<T> {
  try {
    const found = find(pipeline, entry);
    return tryCall({ ...found, pipeline, ways, entry, finish }, 0);
  } catch (error) {
    return Promise.reject(error);
  }
}

/** A call on its way, whatever is tried of it. */
interface Performing<T> extends Found {
  readonly pipeline: Pipeline;
  readonly ways: Ways;
  readonly entry: Entry;
  readonly finish: (performed: Performed) => T;
}

/** One try; a call that was overtaken is tried again. What waits here is what each answer waits for, so it is one function. */
async function tryCall<T>(call: Performing<T>, tried: number, last?: Run): Promise<T> {
  const { pipeline, ways, entry, finish } = call;
  requireHere(pipeline, tried);
  const asked = entry.context(last);
  const context = asked instanceof Promise ? await asked : asked;
  const run = new Run(call.service, call.operation, context);
  // Not by `using`, which V8 does not compile.
  try {
    const decided = decideCall(pipeline, entry, run, howOf(call, context, ways, tried));
    const attempt = decided instanceof Promise ? await decided : decided;
    const noting = attempt && notesOf(call, attempt, context);
    const notes = noting instanceof Promise ? await noting : noting;
    if (attempt !== undefined && notes !== undefined) {
      let stale: readonly string[];
      try {
        stale = concluded(pipeline, attempt, notes, await submit(pipeline, attempt, notes));
      } catch (error) {
        stale = await withoutNotes(pipeline, attempt, notes, error);
      }
      if (stale.length === 0) {
        const performed = attempt.settle();
        return finish(performed instanceof Promise ? await performed : performed);
      }
      requireCaller(context, stale, entry);
    }
  } finally {
    run[Symbol.dispose]();
  }
  if (tried + 1 < tries) return tryCall(call, tried + 1, run);
  throw await recorded(pipeline, run, new Error(`met a newer version ${tries} times in a row`));
}

/** Throws Elsewhere for a call that has been overtaken as often as is borne here. */
function requireHere({ triesHere }: Pipeline, tried: number): void {
  if (tried === triesHere) throw new Elsewhere();
}

/** What all calls of a pipeline share. */
interface Ways extends Pick<Pipeline, "ids"> {
  readonly lanes: Lanes;
  readonly inside: InvokeInside;
}

function howOf(
  { service, operation }: Found,
  context: CallContext,
  { lanes, inside, ids }: Ways,
  tried: number,
): Attempted {
  return {
    // What changes a thing takes its turn there; so does what was overtaken once, or busy changers could starve it.
    queue: operation.readOnly && tried === 0 ? undefined : lanes,
    first: tried === 0,
    forward: (other, asked, input) => {
      const through = context.forward(service.wire.signingName, ids.uuid());
      return inside({ service: other, operation: asked, input, context: through });
    },
  };
}

/** Throws Overtaken where the caller itself has moved on and did not send the call: its first call is to be decided again. */
function requireCaller({ caller }: CallContext, stale: readonly string[], entry: Entry): void {
  const moved = caller.versions.some(({ aggregate }) => stale.includes(aggregate));
  if (moved && !entry.direct) throw new Overtaken("the caller has changed");
}

interface Found {
  readonly service: Service;
  readonly operation: AnyOperation;
}

function find(pipeline: Pipeline, asked: Entry): Found {
  const service = pipeline.services.get(asked.service);
  const operation = service?.operations[asked.operation];
  if (service === undefined || operation === undefined)
    throw new AwsError("UnknownOperationException");
  return { service, operation };
}

/** The caller as of now. A credential that has gone since the first try ends the call, with a record. */
function identify(pipeline: Pipeline, call: Call, last: Run | undefined): Soon<Caller> {
  const gone = async (error: unknown): Promise<never> => {
    throw await recorded(pipeline, last, error);
  };
  try {
    const caller = call.identify();
    return caller instanceof Promise ? caller.catch(gone) : caller;
  } catch (error) {
    return gone(error);
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

/** What is noted of an attempt, and of its caller. */
function notesOf(
  { pipeline, entry }: Performing<unknown>,
  { notes }: Attempt,
  context: CallContext,
): Soon<readonly Note[]> {
  if (!entry.direct || pipeline.noteCaller === undefined) return notes;
  return after(pipeline.noteCaller(context, entry.service), (use) =>
    use === undefined ? notes : [...notes, use],
  );
}

/** To the call that its caller sent itself. */
function handOn(overtaken: Overtaken, { direct }: Entry): undefined {
  if (!direct) throw overtaken;
}

/** Undefined when a service that was asked found the caller changed: the call is to be decided again. */
function decideCall(
  pipeline: Pipeline,
  entry: Entry,
  run: Run,
  how: Attempted,
): Soon<Attempt | undefined> {
  const refused = (error: unknown): Attempt | undefined => {
    if (error instanceof Elsewhere) throw error;
    return error instanceof Overtaken ? handOn(error, entry) : refusal(pipeline, run, error);
  };
  try {
    const outcome = run.perform(entry, how);
    return outcome instanceof Promise
      ? outcome.then((done) => success(pipeline, run, done)).catch(refused)
      : success(pipeline, run, outcome);
  } catch (error) {
    return refused(error);
  }
}

function success({ ids }: Pipeline, run: Run, outcome: Outcome<unknown>): Attempt {
  const { output } = outcome;
  const note = run.note(ids);
  const answer = (): Answer => (run.answers ? toWire(output, run.dates) : undefined);
  return {
    relied: outcome.relied === undefined ? run.relied : [...run.relied, ...outcome.relied],
    change: changeOf(run, outcome),
    notes: note === undefined ? [] : [note],
    records: run.records(ids, outcome),
    settle: () => ({ output, answer }),
  };
}

function changeOf({ creations }: Run, { change = noChange }: Outcome<unknown>): Change {
  return creations.length === 0 ? change : joinChanges([...creations, change]);
}

function refusal({ ids }: Pipeline, run: Run, error: unknown): Attempt {
  return {
    relied: run.relied,
    change: noChange,
    notes: [],
    records: run.records(ids, undefined, error),
    settle: async () => {
      throw await run.explained(error);
    },
  };
}
