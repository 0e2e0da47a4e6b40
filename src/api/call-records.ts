import type { AuditEvent } from "../audit/record.ts";
import { formatAuditRecord } from "../audit/record.ts";
import { parseArn } from "../base/arn.ts";
import type { Ids } from "../crypto/random.ts";
import { auditIdentity } from "./audit-identity.ts";
import type { CallContext } from "./context.ts";
import type { AnyOperation, Outcome, Thing } from "./operation.ts";
import { othersThan, recordedError, recordedResources } from "./recorded.ts";
import type { Service } from "./registry.ts";
import { requestParameters } from "./request-parameters.ts";
import { serviceEvent } from "./service-event.ts";

/** What the audit says of one try at a call. */
export class CallRecords {
  /** What was asked, once it has been read. */
  input: Readonly<Record<string, unknown>> | undefined;
  readonly #service: Service;
  readonly #operation: AnyOperation;
  readonly #context: CallContext;
  readonly #things: Readonly<Record<string, Thing>>;
  /** Of the caller's account. */
  #eventId: string | undefined;
  /** Ids of the records that other accounts get. */
  #otherIds: Map<string, string> | undefined;

  /** `things` are those that the call touches, as they are found. */
  constructor(
    service: Service,
    operation: AnyOperation,
    context: CallContext,
    things: Readonly<Record<string, Thing>>,
  ) {
    this.#service = service;
    this.#operation = operation;
    this.#context = context;
    this.#things = things;
  }

  /** The id of the record that an account gets of the call. */
  eventIdFor(account: string, ids: Ids): string {
    if (account === this.#context.account) {
      this.#eventId ??= ids.uuid();
      return this.#eventId;
    }
    this.#otherIds ??= new Map();
    return this.#otherIds.getOrInsertComputed(account, () => ids.uuid());
  }

  /** The records: the caller's, one for each other region and one for each other account whose thing was really used. */
  list(ids: Ids, outcome?: Outcome<unknown>, error?: unknown): readonly string[] {
    const event = this.#event(this.eventIdFor(this.#context.account, ids), outcome, error);
    if (outcome === undefined) return [formatAuditRecord(event)];
    const records = this.#copies(event, ids).map(formatAuditRecord);
    for (const each of outcome.events ?? [])
      records.push(serviceEvent(each, this.#service, this.#context, ids));
    return records;
  }

  /** The event as the caller's account gets it, and as others do. */
  #copies(event: AuditEvent, ids: Ids): readonly AuditEvent[] {
    if (this.#staysHere(event)) return [event];
    const regions = Object.values(this.#things).map(({ arn }) => parseArn(arn)?.region ?? "");
    const elsewhere = othersThan(event.region, regions)
      .filter((region) => region !== "")
      .map((region) => ({ ...event, eventId: ids.uuid(), region }));
    const owners = (event.resources ?? []).map(({ account }) => account);
    const others = othersThan(this.#context.account, owners);
    if (others.length === 0) return [event, ...elsewhere];
    const sharedEventId = ids.uuid();
    const copies = others.map((recipientAccount) => ({
      ...event,
      eventId: this.eventIdFor(recipientAccount, ids),
      recipientAccount,
      sharedEventId,
    }));
    return [{ ...event, sharedEventId }, ...elsewhere, ...copies];
  }

  /** Whether nothing of another region or account was touched, as with nearly all calls. */
  #staysHere({ region, resources = [] }: AuditEvent): boolean {
    const { account } = this.#context;
    const place = placeText(region, account);
    for (const name in this.#things)
      if (this.#things[name]?.arn.includes(place) !== true) return false;
    return resources.every((resource) => resource.account === account);
  }

  #event(eventId: string, outcome?: Outcome<unknown>, error?: unknown): AuditEvent {
    const { batchId, connection, invokedBy, region, account, requestId, time } = this.#context;
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
      requestParameters: requestParameters(this.#operation, this.input),
      responseElements:
        outcome === undefined
          ? null
          : (this.#operation.audit.response?.(this.#done(outcome)) ?? null),
      evidence:
        batchId === undefined
          ? outcome?.evidence
          : { ...outcome?.evidence, batchRequestID: batchId },
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
    return { input: this.input, output, keys: this.#things, context: this.#context };
  }
}

let lastPlace = { region: "", account: "", text: "::" };

/** How an ARN writes region and account; most calls come from where the one before came from. */
function placeText(region: string, account: string): string {
  if (lastPlace.region !== region || lastPlace.account !== account)
    lastPlace = { region, account, text: `:${region}:${account}:` };
  return lastPlace.text;
}
