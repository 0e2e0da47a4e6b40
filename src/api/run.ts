import { AwsError } from "../base/errors.ts";
import type { JsonValue } from "../base/json.ts";
import type { Soon } from "../base/soon.ts";
import { after } from "../base/soon.ts";
import type { Ids } from "../crypto/random.ts";
import type { Change, VersionRef } from "../database/commit.ts";
import { fromText } from "../shape/text.ts";
import { validate } from "../shape/validate.ts";
import type { DateFormat } from "../shape/wire.ts";
import type { Refused } from "./authorization-message.ts";
import { crossAccountDenial, withReasons } from "./authorization-message.ts";
import { authorize } from "./authorize.ts";
import { CallRecords } from "./call-records.ts";
import type { CallContext } from "./context.ts";
import { dryRunSucceeded } from "./dry-run.ts";
import { Elsewhere } from "./elsewhere.ts";
import type { Call, Forward } from "./invoke.ts";
import type { Lanes } from "./lanes.ts";
import type { AnyOperation, Outcome, Thing } from "./operation.ts";
import type { Note, Service } from "./registry.ts";

/** How a try is made. */
export interface Attempted {
  /** Where it takes turns with others; undefined when it does not. */
  readonly queue: Lanes | undefined;
  readonly first: boolean;
  readonly forward: Forward;
}

type Demand = AnyOperation["keys"][string];
/** A request that was read: its members by name. */
type Input = Readonly<Record<string, unknown>>;

interface Touched {
  readonly thing: Thing;
  readonly demand: Demand;
}

/** One try at one call; it gathers what the decision rested on and what the record must say. Disposed, it leaves its lanes. */
export class Run {
  readonly #service: Service;
  readonly #operation: AnyOperation;
  readonly #context: CallContext;
  readonly #things: Record<string, Thing> = {};
  #touched: readonly Touched[] = [];
  readonly #records: CallRecords;
  /** What is being asked for. */
  #asked: Omit<Refused, "context">;
  #leave: (() => void) | undefined;

  constructor(service: Service, operation: AnyOperation, context: CallContext) {
    this.#service = service;
    this.#operation = operation;
    this.#context = context;
    this.#records = new CallRecords(service, operation, context, this.#things);
    this.#asked = { action: `${service.wire.signingName}:${operation.name}`, resource: "*" };
  }

  /** The versions that this try has relied on so far. */
  get relied(): readonly VersionRef[] {
    const versions = [...this.#context.caller.versions];
    for (const { creation, version, relied } of Object.values(this.#things)) {
      if (creation !== undefined) continue;
      versions.push(version);
      if (relied !== undefined) versions.push(...relied);
    }
    return versions;
  }

  /** What came into being by being named. */
  get creations(): readonly Change[] {
    const things = Object.values(this.#things);
    return things.some((thing) => thing.creation !== undefined)
      ? things.flatMap((thing) => thing.creation ?? [])
      : none;
  }

  /** How the service's protocol writes moments. */
  get dates(): DateFormat {
    return this.#service.wire.protocol === "json" ? "epoch" : "iso";
  }

  /** Whether the operation answers with a body. */
  get answers(): boolean {
    return this.#operation.output !== undefined;
  }

  /** An error of this try; a refusal with its reasons, for those of the caller's account who may decode them. */
  explained(error: unknown): Promise<unknown> {
    const refused = { context: this.#context, ...this.#asked };
    return withReasons(error, refused, this.#service.sealRefusal);
  }

  [Symbol.dispose](): void {
    this.#leave?.();
  }

  /** Decides the call: at once where all that it needs is in memory. The first try of a call counts against its caller's quotas, the others do not. */
  perform(call: Pick<Call, "body">, attempted: Attempted): Soon<Outcome<unknown>> {
    const input = this.#read(call.body());
    this.#records.input = input;
    const permitted = attempted.first ? this.#admit(input) : this.#permit(input);
    if (permitted === undefined && attempted.queue === undefined)
      return this.#handle(input, attempted.forward);
    return this.#performInTurn(input, permitted, attempted);
  }

  async #performInTurn(
    input: Input,
    permitted: Soon<void>,
    { queue, forward }: Attempted,
  ): Promise<Outcome<unknown>> {
    await permitted;
    if (queue !== undefined) {
      this.#leave = await queue.enter([
        ...Object.values(this.#things).map((thing) => thing.version.aggregate),
        ...(this.#operation.changes?.(this.#context) ?? []),
      ]);
      await this.#permit(input);
    }
    return this.#handle(input, forward);
  }

  /** Throws DryRunOperationException for a call that would succeed and wants no more than to know that. */
  #handle(input: Input, forward: Forward): Soon<Outcome<unknown>> {
    const operation = this.#operation;
    for (const { thing, demand } of this.#touched)
      this.#service.check(thing, demand, operation.name, this.#context);
    const outcome = operation.handle({
      input,
      context: this.#context,
      tools: this.#service.tools,
      keys: this.#things,
      forward,
    });
    if (input["DryRun"] !== true) return outcome;
    return after(outcome, () => {
      throw dryRunSucceeded();
    });
  }

  /**
   * Permits a call that has not been counted yet, and counts it. A refused one counts as if it named nothing, whether the
   * thing is missing or forbidden: so throttling tells nothing of things, and nobody uses up what only a thing's users share.
   */
  #admit(input: Input): Promise<void> | undefined {
    const refused = (error: unknown): never => {
      // Counted where it is answered.
      if (!(error instanceof Elsewhere)) this.#count(input, {});
      throw error;
    };
    let permitted: Promise<void> | undefined;
    try {
      permitted = this.#permit(input);
    } catch (error) {
      return refused(error);
    }
    if (permitted !== undefined)
      return permitted.then(() => this.#count(input, this.#things), refused);
    this.#count(input, this.#things);
    return undefined;
  }

  #count(input: Input, things: Readonly<Record<string, Thing>>): void {
    this.#service.admit?.(this.#operation.name, input, things, this.#context);
  }

  /** What the call would touch, if it is permitted: decided as the call itself is, and nothing comes of it. Throws as the call would. */
  async foresee(body: JsonValue): Promise<Readonly<Record<string, Thing>>> {
    await this.#permit(this.#read(body));
    return this.#things;
  }

  #read(body: JsonValue): Input {
    const { input } = this.#operation;
    const { protocol, showsValues } = this.#service.wire;
    const typed = protocol === "json" ? body : fromText(input, body);
    return validate(input, typed, { showsValues }) as Input;
  }

  /** Finds what the call touches and asks whether the caller may: at once, where all of it is known. Throws the refusal. */
  #permit(input: Input): Promise<void> | undefined {
    return this.#permitFrom(0, [], input);
  }

  /** Goes on with the demand of a number; `touched` are the things before it. */
  #permitFrom(from: number, touched: Touched[], input: Input): Promise<void> | undefined {
    const demands = demandsOf(this.#operation);
    for (let at = from; at < demands.length; at++) {
      const named = demands[at];
      if (named === undefined) continue;
      const { name, demand } = named;
      const found = this.#locate(demand, input);
      const touch = (thing: Thing): void => {
        this.#things[name] = thing;
        touched.push({ thing, demand });
      };
      if (found instanceof Promise)
        return found.then(touch).then(() => this.#permitFrom(at + 1, touched, input));
      touch(found);
    }
    this.#touched = touched;
    const prepared = this.#service.prepare?.(input, this.#context);
    if (prepared !== undefined) return prepared.then(() => this.#authorize(input));
    this.#authorize(input);
    return undefined;
  }

  #authorize(input: Input): void {
    for (const { thing, demand } of this.#touched) this.#authorizeThing(thing, demand, input);
    this.#authorizeIdentity(input);
  }

  #locate(demand: Demand, input: Input): Soon<Thing> {
    this.#asked = { action: demand.action, resource: demand.locate(input) ?? "*" };
    return this.#service.locate(demand, input, this.#context, this.#things);
  }

  #authorizeThing(thing: Thing, demand: Demand, input: Input): void {
    const { account } = thing;
    this.#asked = { action: demand.action, resource: demand.locate(input) ?? "*", account };
    const { conditions, denial, encryptionContext, newGrant, owner, policies } =
      this.#service.protection(thing, demand, input, this.#context);
    const question = {
      resource: thing.arn,
      resourceAccount: owner,
      grantOperation: demand.grantOperation,
      encryptionContext,
      newGrant,
      policies: this.#reachable(thing, demand) ? policies : { ...policies, grants: [] },
      conditions: () => ({
        "aws:ResourceAccount": account,
        ...conditions(),
        ...demand.conditions?.(input, this.#things),
      }),
    };
    for (const action of [demand.action, ...(demand.further?.(input, this.#context) ?? [])])
      authorize(
        this.#context,
        { ...question, action },
        () => denial?.(action) ?? demand.denial?.(input),
      );
    // A permission for another account is without effect where the operation does not cross accounts (facts 2.1).
    if (!this.#reachable(thing, demand))
      throw new AwsError(
        "AccessDeniedException",
        crossAccountDenial(this.#context, thing, demand.action),
      );
  }

  #reachable(thing: Thing, demand: Demand): boolean {
    return demand.crossAccount || thing.account === this.#context.account;
  }

  #authorizeIdentity(input: unknown): void {
    for (const demand of this.#operation.identity ?? []) {
      if (demand.when !== undefined && !demand.when(input)) continue;
      const { action } = demand;
      for (const resource of [demand.resource(input, this.#context)].flat()) {
        this.#asked = { action, resource };
        authorize(this.#context, {
          action,
          resource,
          policies: {},
          conditions: () => ({
            ...this.#service.conditions(input, this.#context),
            ...demand.conditions?.(input, this.#things),
          }),
        });
      }
    }
  }

  /** What the service keeps of this try, which succeeded. */
  note(ids: Ids): Note | undefined {
    return this.#service.note?.({
      operation: this.#operation.name,
      things: Object.values(this.#things),
      context: this.#context,
      eventIdFor: (account) => this.#records.eventIdFor(account, ids),
    });
  }

  /** The audit records of this try. */
  records(ids: Ids, outcome?: Outcome<unknown>, error?: unknown): readonly string[] {
    return this.#records.list(ids, outcome, error);
  }
}

const none: readonly Change[] = [];

interface NamedDemand {
  readonly name: string;
  readonly demand: Demand;
}

const listed = new WeakMap<AnyOperation, readonly NamedDemand[]>();

/** The things that an operation demands, in their order. */
function demandsOf(operation: AnyOperation): readonly NamedDemand[] {
  return listed.getOrInsertComputed(operation, ({ keys }) =>
    Object.entries(keys).map(([name, demand]) => ({ name, demand })),
  );
}
