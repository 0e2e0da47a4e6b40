import type { AuditEvent } from "../audit/record.ts";
import { formatAuditRecord } from "../audit/record.ts";
import { parseArn } from "../base/arn.ts";
import { AwsError } from "../base/errors.ts";
import type { JsonValue } from "../base/json.ts";
import type { Ids } from "../crypto/random.ts";
import type { Change, VersionRef } from "../database/commit.ts";
import { fromText } from "../shape/text.ts";
import { validate } from "../shape/validate.ts";
import type { DateFormat } from "../shape/wire.ts";
import { auditIdentity } from "./audit-identity.ts";
import type { Refused } from "./authorization-message.ts";
import { crossAccountDenial, withReasons } from "./authorization-message.ts";
import { authorize } from "./authorize.ts";
import type { CallContext } from "./context.ts";
import { dryRunSucceeded } from "./dry-run.ts";
import type { Call, Forward } from "./invoke.ts";
import type { Lanes } from "./lanes.ts";
import type { AnyOperation, Outcome, Thing } from "./operation.ts";
import { othersThan, recordedError, recordedResources } from "./recorded.ts";
import type { Note, Service } from "./registry.ts";
import { requestParameters } from "./request-parameters.ts";
import { serviceEvent } from "./service-event.ts";

/** How a try is made. */
export interface Attempted {
  /** Where it takes turns with others; undefined when it does not. */
  readonly queue: Lanes | undefined;
  readonly first: boolean;
  readonly forward: Forward;
}

interface Touched {
  readonly thing: Thing;
  readonly demand: AnyOperation["keys"][string];
}

/** One try at one call; it gathers what the decision rested on and what the record must say. Disposed, it leaves its lanes. */
export class Run {
  readonly #service: Service;
  readonly #operation: AnyOperation;
  readonly #context: CallContext;
  readonly #things: Record<string, Thing> = {};
  #touched: readonly Touched[] = [];
  /** Ids of the call's audit records by the accounts that get them. */
  readonly #eventIds = new Map<string, string>();
  #input: Readonly<Record<string, unknown>> | undefined;
  /** What is being asked for. */
  #asked: Omit<Refused, "context">;
  #leave: (() => void) | undefined;

  constructor(service: Service, operation: AnyOperation, context: CallContext) {
    this.#service = service;
    this.#operation = operation;
    this.#context = context;
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
    return Object.values(this.#things).flatMap((thing) => thing.creation ?? []);
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

  /** Decides the call. The first try of a call counts against its caller's quotas, the others do not. */
  async perform(
    call: Pick<Call, "body">,
    { queue, first, forward }: Attempted,
  ): Promise<Outcome<unknown>> {
    const operation = this.#operation;
    const input = this.#read(call.body());
    this.#input = input;
    await (first ? this.#admit(input) : this.#permit(input));
    if (queue !== undefined) {
      this.#leave = await queue.enter([
        ...Object.values(this.#things).map((thing) => thing.version.aggregate),
        ...(operation.changes?.(this.#context) ?? []),
      ]);
      await this.#permit(input);
    }
    for (const { thing, demand } of this.#touched)
      this.#service.check(thing, demand, operation.name, this.#context);
    const outcome = await operation.handle({
      input,
      context: this.#context,
      tools: this.#service.tools,
      keys: this.#things,
      forward,
    });
    if (input["DryRun"] === true) throw dryRunSucceeded();
    return outcome;
  }

  /**
   * Permits a call that has not been counted yet, and counts it. A refused one counts as if it named nothing, whether the
   * thing is missing or forbidden: so throttling tells nothing of things, and nobody uses up what only a thing's users share.
   */
  async #admit(input: unknown): Promise<void> {
    const count = (things: Readonly<Record<string, Thing>>): void =>
      this.#service.admit?.(this.#operation.name, input, things, this.#context);
    try {
      await this.#permit(input);
    } catch (error) {
      count({});
      throw error;
    }
    count(this.#things);
  }

  /** What the call would touch, if it is permitted: decided as the call itself is, and nothing comes of it. Throws as the call would. */
  async foresee(body: JsonValue): Promise<Readonly<Record<string, Thing>>> {
    await this.#permit(this.#read(body));
    return this.#things;
  }

  #read(body: JsonValue): Readonly<Record<string, unknown>> {
    const { input } = this.#operation;
    const typed = this.#service.wire.protocol === "json" ? body : fromText(input, body);
    return validate(input, typed) as Readonly<Record<string, unknown>>;
  }

  /** Finds what the call touches and asks whether the caller may. */
  async #permit(input: unknown): Promise<void> {
    const touched: Touched[] = [];
    for (const [name, demand] of Object.entries(this.#operation.keys)) {
      this.#asked = { action: demand.action, resource: demand.locate(input) ?? "*" };
      const found = this.#service.locate(demand, input, this.#context, this.#things);
      const thing = found instanceof Promise ? await found : found;
      this.#things[name] = thing;
      touched.push({ thing, demand });
    }
    this.#touched = touched;
    for (const { thing, demand } of touched) this.#authorizeThing(thing, demand, input);
    this.#authorizeIdentity(input);
  }

  #authorizeThing(thing: Thing, demand: AnyOperation["keys"][string], input: unknown): void {
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

  #reachable(thing: Thing, demand: AnyOperation["keys"][string]): boolean {
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
      eventIdFor: (account) => this.#eventIdFor(account, ids),
    });
  }

  #eventIdFor(account: string, ids: Ids): string {
    const eventId = this.#eventIds.get(account) ?? ids.uuid();
    this.#eventIds.set(account, eventId);
    return eventId;
  }

  /**
   * The audit records of this try: the caller's, one for each other region and one for each other account whose thing was
   * really used.
   */
  records(ids: Ids, outcome?: Outcome<unknown>, error?: unknown): readonly string[] {
    const event = this.#event(this.#eventIdFor(this.#context.account, ids), outcome, error);
    if (outcome === undefined) return [formatAuditRecord(event)];
    const regions = Object.values(this.#things).map(({ arn }) => parseArn(arn)?.region ?? "");
    const elsewhere = othersThan(event.region, regions)
      .filter((region) => region !== "")
      .map((region) => ({ ...event, eventId: ids.uuid(), region }));
    const owners = (event.resources ?? []).map(({ account }) => account);
    const others = othersThan(this.#context.account, owners);
    const sharedEventId = others.length === 0 ? undefined : ids.uuid();
    const copies = others.map((recipientAccount) => ({
      ...event,
      eventId: this.#eventIdFor(recipientAccount, ids),
      recipientAccount,
      sharedEventId,
    }));
    const own = sharedEventId === undefined ? event : { ...event, sharedEventId };
    const records = [own, ...elsewhere, ...copies].map(formatAuditRecord);
    for (const each of outcome.events ?? [])
      records.push(serviceEvent(each, this.#service, this.#context, ids));
    return records;
  }

  #event(eventId: string, outcome?: Outcome<unknown>, error?: unknown): AuditEvent {
    const { connection, invokedBy, region, account, requestId, time } = this.#context;
    return {
      eventName: this.#operation.name,
      eventSource: this.#service.eventSource,
      region,
      time,
      eventId,
      requestId,
      readOnly: this.#operation.readOnly,
      identity: auditIdentity(this.#context),
      sourceIp: invokedBy ?? connection.sourceIp,
      userAgent: invokedBy ?? connection.userAgent,
      requestParameters: requestParameters(this.#operation, this.#input),
      responseElements:
        outcome === undefined
          ? null
          : (this.#operation.audit.response?.(this.#done(outcome)) ?? null),
      evidence: outcome?.evidence,
      error: error === undefined ? undefined : recordedError(error),
      resources: recordedResources(
        { service: this.#service, operation: this.#operation, account },
        Object.values(this.#things),
        outcome && this.#done(outcome),
      ),
      category: this.#operation.category,
      recipientAccount: account,
      tls: invokedBy === undefined ? connection.tls : undefined,
      host: connection.host,
    };
  }

  #done({ output }: Outcome<unknown>) {
    return { input: this.#input, output, keys: this.#things, context: this.#context };
  }
}
