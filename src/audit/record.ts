import type { JsonObject, JsonValue } from "../base/json.ts";
import { jsonText } from "../base/json-text.ts";
import { Memo } from "../base/memo.ts";

/** Who a record speaks of, in CloudTrail's userIdentity forms. */
export interface AuditIdentity {
  readonly type: "Root" | "IAMUser" | "AssumedRole" | "FederatedUser";
  readonly principalId: string;
  readonly arn: string;
  readonly account: string;
  readonly accessKeyId?: string;
  readonly userName?: string;
  /** Of temporary credentials. */
  readonly sessionContext?: JsonObject;
  /** The service that made the call for its caller. */
  readonly invokedBy?: string;
}

/** A service that acts by itself. */
export interface ServiceIdentity {
  readonly type: "AWSService";
  readonly invokedBy: string;
}

/** Somebody whom an issuer of identity tokens vouches for. */
export interface WebIdentity {
  readonly type: "WebIdentityUser";
  readonly principalId: string;
  readonly userName: string;
  readonly identityProvider: string;
}

/** What a call touched. */
export interface AuditResource {
  readonly arn: string;
  readonly account: string;
  readonly type: string;
}

/** Everything that a record says. The text in it is what the client may see anyway: secrets never get this far. */
export interface AuditEvent {
  readonly eventName: string;
  readonly eventSource: string;
  readonly region: string;
  readonly time: Date;
  readonly eventId: string;
  /** Absent for what the service does by itself. */
  readonly requestId?: string;
  readonly readOnly: boolean;
  readonly identity:
    | AuditIdentity
    | WebIdentity
    | ServiceIdentity
    | { readonly type: "internal"; readonly account: string };
  readonly sourceIp: string;
  readonly userAgent: string;
  readonly requestParameters: JsonObject | null;
  readonly responseElements: JsonObject | null;
  readonly evidence?: JsonObject | undefined;
  readonly error?: { readonly code: string; readonly message: string } | undefined;
  /** Undefined where CloudTrail lists none, whatever the call touched. */
  readonly resources: readonly AuditResource[] | undefined;
  /** Of calls on what is inside a resource. */
  readonly category?: "Data" | undefined;
  readonly recipientAccount: string;
  readonly sharedEventId?: string | undefined;
  readonly serviceEventDetails?: JsonObject;
  readonly tls?:
    | { readonly version: string; readonly cipher: string; readonly keyExchange?: string }
    | undefined;
  readonly host?: string;
}

/** The longest record, in bytes of UTF-8: an entry of a log holds no more. */
export const longestRecord = 65_535;

/** A record in CloudTrail's form, as one line of JSON of at most `longestRecord` bytes. */
export function formatAuditRecord(event: AuditEvent): string {
  let kept = event;
  let text = recordText(kept);
  // The largest first, until the rest fits: every other field has a bound of its own.
  while (3 * text.length > longestRecord && Buffer.byteLength(text) > longestRecord) {
    const name = largestField(kept);
    if (name === undefined) throw new RangeError("the audit record does not fit");
    kept = { ...kept, [name]: { omitted: true, originalSize: sizeOf(kept[name]) } };
    text = recordText(kept);
  }
  return text;
}

/** What calls can make large. CloudTrail leaves a field out whole, and says so by `omitted`. */
const omissible = [
  "requestParameters",
  "responseElements",
  "evidence",
  "serviceEventDetails",
] as const satisfies readonly (keyof AuditEvent)[];

function largestField(event: AuditEvent): (typeof omissible)[number] | undefined {
  const present = omissible.filter((name) => {
    const value = event[name];
    return value !== undefined && value !== null && value["omitted"] !== true;
  });
  return present.toSorted((a, b) => sizeOf(event[b]) - sizeOf(event[a]))[0];
}

function sizeOf(value: JsonObject | null | undefined): number {
  return Buffer.byteLength(JSON.stringify(value ?? null));
}

/** Written member by member: most of them are text that an earlier record had, too. */
function recordText(event: AuditEvent): string {
  const isCall = event.requestId !== undefined;
  return `{"eventVersion":"1.11","userIdentity":${identityText(event)},"eventTime":"${timeText(event.time)}"${
    originText(event) +
    failure(event.error) +
    member("requestParameters", event.requestParameters) +
    member("responseElements", event.responseElements) +
    member("additionalEventData", event.evidence) +
    member("requestID", event.requestId) +
    member("eventID", event.eventId)
  },"readOnly":${event.readOnly}${resourcesText(event.resources)},"eventType":"${
    isCall ? "AwsApiCall" : "AwsServiceEvent"
  }","managementEvent":${event.category === undefined}${
    known("recipientAccountId", event.recipientAccount) +
    member("sharedEventID", event.sharedEventId) +
    member("serviceEventDetails", event.serviceEventDetails)
  },"eventCategory":"${event.category ?? "Management"}"${member("tlsDetails", tlsDetails(event))}}`;
}

/** A member behind others; nothing where there is none. */
function member(name: string, value: JsonValue | undefined): string {
  return value === undefined ? "" : `,"${name}":${jsonText(value)}`;
}

/** A member whose text many records share. */
function known(name: string, value: string): string {
  return `,"${name}":${knownText(value)}`;
}

interface Origin extends Pick<AuditEvent, "eventSource" | "region" | "sourceIp" | "userAgent"> {
  readonly text: string;
}

/** Of the last record of each operation. */
const origins = new Memo<Origin>();

/** What was called, and from where: mostly what it was in the operation's last record. */
function originText({ eventSource, eventName, region, sourceIp, userAgent }: AuditEvent): string {
  const last = origins.find(eventName);
  const isSame =
    last?.eventSource === eventSource &&
    last.region === region &&
    last.sourceIp === sourceIp &&
    last.userAgent === userAgent;
  if (isSame) return last.text;
  // Joined into one piece: what is added together V8 keeps in pieces, to be put together in each record.
  const text = [
    known("eventSource", eventSource),
    known("eventName", eventName),
    known("awsRegion", region),
    known("sourceIPAddress", sourceIp),
    known("userAgent", shortened(userAgent)),
  ].join("");
  return origins.keep(eventName, { eventSource, region, sourceIp, userAgent, text }).text;
}

function knownText(value: string): string {
  return texts.find(value) ?? texts.keep(value, JSON.stringify(value));
}

const texts = new Memo<string>({ most: 1_024, longest: 2 * 1_024 });

function resourcesText(resources: AuditEvent["resources"]): string {
  if (resources === undefined) return "";
  const [only] = resources;
  if (only === undefined || resources.length > 1)
    return `,"resources":[${resources.map(resourceText).join(",")}]`;
  const last = lone.find(only.arn);
  if (last?.account === only.account && last.type === only.type) return last.text;
  const text = [',"resources":[', resourceText(only), "]"].join("");
  return lone.keep(only.arn, { ...only, text }).text;
}

/** By the ARN of what was touched alone, as with nearly all calls. */
const lone = new Memo<AuditResource & { readonly text: string }>({ most: 1_024 });

function resourceText({ arn, account, type }: AuditResource): string {
  return `{"accountId":${knownText(account)}${known("type", type) + known("ARN", arn)}}`;
}

let lastSecond = Number.NaN;
let lastTimeText = "";

/** A time in whole seconds; records come many to the second. */
function timeText(time: Date): string {
  const second = Math.floor(time.getTime() / 1_000);
  if (second !== lastSecond) {
    lastTimeText = `${time.toISOString().slice(0, 19)}Z`;
    lastSecond = second;
  }
  return lastTimeText;
}

/** CloudTrail keeps at most 1 KB of userAgent and error texts. */
const textLimit = 1_024;

function failure(error: AuditEvent["error"]): string {
  if (error === undefined) return "";
  // The wire says AccessDeniedException, the trail AccessDenied.
  const errorCode = error.code === "AccessDeniedException" ? "AccessDenied" : error.code;
  const told = error.message === "" ? undefined : shortened(error.message);
  return member("errorCode", errorCode) + member("errorMessage", told);
}

function shortened(text: string): string {
  return (text.length > textLimit ? text.slice(0, textLimit) : text).toWellFormed();
}

/** What records of their own account say of callers, while these are known. */
const identityTexts = new WeakMap<AuditEvent["identity"], string>();

function identityText(event: AuditEvent): string {
  const { identity, recipientAccount } = event;
  if (!("account" in identity) || identity.account !== recipientAccount)
    return JSON.stringify(userIdentity(event));
  return identityTexts.getOrInsertComputed(identity, () => JSON.stringify(userIdentity(event)));
}

function userIdentity({ identity, recipientAccount }: AuditEvent): JsonObject {
  if (identity.type === "internal")
    return { accountId: identity.account, invokedBy: "AWS Internal" };
  if (identity.type === "WebIdentityUser" || identity.type === "AWSService") return { ...identity };
  const { type, principalId, arn, account, accessKeyId, userName, sessionContext } = identity;
  const invoked = identity.invokedBy === undefined ? {} : { invokedBy: identity.invokedBy };
  // The owner of a key learns which account used it, not who there.
  if (account !== recipientAccount)
    return { type: "AWSAccount", principalId, accountId: account, ...invoked };
  return {
    type,
    principalId,
    arn,
    accountId: account,
    ...(accessKeyId === undefined ? {} : { accessKeyId }),
    ...(userName === undefined ? {} : { userName }),
    ...(sessionContext === undefined ? {} : { sessionContext }),
    ...invoked,
  };
}

function tlsDetails({ tls, host }: AuditEvent): JsonObject | undefined {
  if (tls === undefined) return undefined;
  const { version, cipher, keyExchange } = tls;
  return {
    tlsVersion: version,
    cipherSuite: cipher,
    ...(host === undefined ? {} : { clientProvidedHostHeader: shortened(host) }),
    ...(keyExchange === undefined ? {} : { keyExchange }),
  };
}
