import { parseArn } from "../base/arn.ts";
import type { JsonObject, JsonValue } from "../base/json.ts";
import { isJsonList, isJsonObject } from "../base/json.ts";
import { Memo } from "../base/memo.ts";

/** What calls have in common that are counted together. */
export interface UsageLine {
  /** The account that made the calls, and would pay for them. */
  readonly account: string;
  readonly region: string;
  /** ARN of the key; empty where a call names none. */
  readonly key: string;
  /** Spec of the key, or of the key pair that was asked for; empty where neither is known. */
  readonly spec: string;
  readonly eventSource: string;
  readonly operation: string;
  /** The service that made the calls for their caller; empty when the caller made them. */
  readonly via: string;
  /** Whether AWS would count them as requests. */
  readonly billable: boolean;
}

/** A count of calls that an account made in an hour. */
export interface UsageCount extends UsageLine {
  /** Start of the hour, in seconds since 1970. */
  readonly hour: number;
  readonly count: number;
}

const secondsPerHour = 3_600;

/**
 * What a record counts as, as one call; undefined for what is no call of its own: what a service did by itself, the copy that
 * a key's owner gets of another account's call, the copy for another region.
 */
export function countedCall(event: JsonObject): UsageLine | undefined {
  const { eventType, recipientAccountId: account } = event;
  if (eventType !== "AwsApiCall" || typeof account !== "string" || account === "") return undefined;
  if (isOwnersCopy(event, account) || isRegionsCopy(event)) return undefined;
  const eventSource = text(event, "eventSource");
  return {
    account,
    region: text(event, "awsRegion"),
    key: eventSource === "kms.amazonaws.com" ? keyOf(event) : "",
    spec: text(event["requestParameters"], "keyPairSpec"),
    eventSource,
    operation: text(event, "eventName"),
    via: text(event["userIdentity"], "invokedBy"),
    billable: isBillable(text(event, "errorCode")),
  };
}

/** The start of the hour of a time, both in seconds since 1970. */
export function hourOf(time: number): number {
  return Math.floor(time / secondsPerHour) * secondsPerHour;
}

/** Who calls pays: the records that others get of a call are not counted. */
function isOwnersCopy(event: JsonObject, recipient: string): boolean {
  const { userIdentity, sharedEventID } = event;
  const caller = text(userIdentity, "accountId");
  if (caller !== "") return caller !== recipient;
  // A service that calls in its own name belongs to no account: what it does to a key is its owner's.
  if (text(userIdentity, "type") !== "AWSService" || sharedEventID === undefined) return false;
  const [owner] = resources(event).map((resource) => text(resource, "accountId"));
  return owner !== undefined && owner !== recipient;
}

/** UpdatePrimaryRegion is recorded in the region of either key, and called in that of the old primary key. */
function isRegionsCopy({
  eventName,
  awsRegion,
  requestParameters,
  errorCode,
}: JsonObject): boolean {
  return (
    eventName === "UpdatePrimaryRegion" &&
    errorCode === undefined &&
    awsRegion === text(requestParameters, "primaryRegion")
  );
}

/** Failures of the service, and requests that it had no room for, are nobody's to pay. */
const freeFailures: ReadonlySet<string> = new Set([
  "DependencyTimeoutException",
  "KMSInternalException",
  "KeyUnavailableException",
  "ServiceUnavailableException",
  "ThrottlingException",
]);

function isBillable(errorCode: string): boolean {
  return !freeFailures.has(errorCode);
}

/** The key that a call used: the first one in the call's region, for ReplicateKey names the replica first. */
function keyOf(event: JsonObject): string {
  let first = "";
  for (const resource of resources(event)) {
    const arn = text(resource, "ARN");
    const region = regions.find(arn) ?? regions.keep(arn, regionOfKey(arn));
    if (region === "") continue;
    if (region === event["awsRegion"]) return arn;
    first ||= arn;
  }
  return first;
}

/** Records name the same keys again and again. */
const regions = new Memo<string>({ most: 4_096 });

/** The region of a key; empty for what is none. */
function regionOfKey(arn: string): string {
  const parts = parseArn(arn);
  return parts?.resource.startsWith("key/") === true ? parts.region : "";
}

/** What befalls a key that matters for what it costs. */
export type KeyEventName =
  | "CreateKey"
  | "ScheduleKeyDeletion"
  | "CancelKeyDeletion"
  | "DeleteKey"
  | "RotateKey"
  | "TagResource"
  | "UntagResource";

/** Something that befell a key, as an audit record tells of it. */
export interface KeyEvent {
  readonly event: KeyEventName;
  readonly account: string;
  readonly key: string;
  /** Seconds since 1970. */
  readonly time: number;
  /** Of a new key. */
  readonly spec: string;
  /** Tags that were set; of UntagResource, those that went, with empty values. */
  readonly tags: Readonly<Record<string, string>>;
}

/** What a record says of a key's life; undefined for most. AWS managed keys come without a record, and cost nothing. */
export function keyEvent(event: JsonObject): KeyEvent | undefined {
  if (event["eventSource"] !== "kms.amazonaws.com" || event["errorCode"] !== undefined)
    return undefined;
  if (!keyEventNames.has(text(event, "eventName"))) return undefined;
  const row = keyEventRows.find(
    ({ type, name }) => type === event["eventType"] && name === event["eventName"],
  );
  if (row === undefined) return undefined;
  const description = row.describes?.(event);
  const spec = text(description, "keySpec");
  // The CreateKey that is recorded in a replica's region says no more than the ReplicateKey that made it.
  if (row.event === "CreateKey" && spec === "") return undefined;
  const key = text(description, "arn") || keyOf(event);
  const account = parseArn(key)?.account;
  if (account === undefined) return undefined;
  const tags = tagsIn(row.tags === undefined ? event["requestParameters"] : event[row.tags]);
  return { event: row.event, account, key, time: timeOf(event), spec, tags };
}

interface KeyEventRow {
  readonly type: "AwsApiCall" | "AwsServiceEvent";
  readonly name: string;
  readonly event: KeyEventName;
  /** What the record says of a new key. */
  readonly describes?: (event: JsonObject) => JsonValue | undefined;
  /** Where the tags are; in requestParameters when not given. */
  readonly tags?: "serviceEventDetails";
}

const keyEventRows: readonly KeyEventRow[] = [
  { type: "AwsApiCall", name: "CreateKey", event: "CreateKey", describes: answered("keyMetadata") },
  {
    type: "AwsApiCall",
    name: "ReplicateKey",
    event: "CreateKey",
    describes: answered("replicaKeyMetadata"),
  },
  // A key of the seed, for which nobody called.
  {
    type: "AwsServiceEvent",
    name: "CreateKey",
    event: "CreateKey",
    describes: ({ serviceEventDetails }) => serviceEventDetails,
    tags: "serviceEventDetails",
  },
  { type: "AwsApiCall", name: "ScheduleKeyDeletion", event: "ScheduleKeyDeletion" },
  { type: "AwsApiCall", name: "CancelKeyDeletion", event: "CancelKeyDeletion" },
  { type: "AwsApiCall", name: "TagResource", event: "TagResource" },
  { type: "AwsApiCall", name: "UntagResource", event: "UntagResource" },
  { type: "AwsServiceEvent", name: "DeleteKey", event: "DeleteKey" },
  { type: "AwsServiceEvent", name: "RotateKey", event: "RotateKey" },
];

const keyEventNames: ReadonlySet<string> = new Set(keyEventRows.map(({ name }) => name));

function answered(member: string): NonNullable<KeyEventRow["describes"]> {
  return ({ responseElements }) =>
    isJsonObject(responseElements) ? responseElements[member] : undefined;
}

function tagsIn(told: JsonValue | undefined): Readonly<Record<string, string>> {
  const { tags, tagKeys } = isJsonObject(told) ? told : {};
  const set = isJsonList(tags)
    ? tags.map((tag) => [text(tag, "tagKey"), text(tag, "tagValue")] as const)
    : [];
  const gone = isJsonList(tagKeys) ? tagKeys.map((key) => [String(key), ""] as const) : [];
  return Object.fromEntries([...set, ...gone]);
}

function resources({ resources: all }: JsonObject): readonly JsonValue[] {
  return isJsonList(all) ? all : [];
}

function timeOf(event: JsonObject): number {
  return Date.parse(text(event, "eventTime")) / 1_000;
}

function text(value: JsonValue | undefined, member: string): string {
  const found = isJsonObject(value) ? value[member] : undefined;
  return typeof found === "string" ? found : "";
}
