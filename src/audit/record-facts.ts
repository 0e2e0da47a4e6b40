import type { JsonObject } from "../base/json.ts";
import { Memo } from "../base/memo.ts";
import type { LookupAttributes } from "./lookup-attributes.ts";
import { lookupAttributes, secondsOf } from "./lookup-attributes.ts";
import type { KeyEvent, UsageLine } from "./usage.ts";
import { countedCall, keyEvent } from "./usage.ts";

/** What many records have in common of what is kept beside them. */
export interface SharedFacts extends Pick<LookupAttributes, "account" | "region" | "management"> {
  /** All but the event's id. */
  readonly attributes: LookupAttributes["attributes"];
  /** What the record counts as; undefined for what is no call of its own. */
  readonly line: UsageLine | undefined;
}

/** What is kept beside an audit record. */
export interface RecordFacts {
  readonly eventId: string;
  /** Seconds since 1970. */
  readonly time: number;
  readonly shared: SharedFacts;
  /** What the record says of a key's life. */
  readonly keyEvent: KeyEvent | undefined;
}

/**
 * Reads what an audit record is looked up by and counted as. Records of calls that compute with keys differ in ids, time and parameters mostly,
 * of which nothing here depends on more than id and time: what else stands in such a record is read once, and known when it comes again.
 */
export function recordFacts(text: string): RecordFacts {
  const cut = cutOut(text);
  const shared = cut && known.find(cut.rest);
  if (cut !== undefined && shared !== undefined)
    return { eventId: cut.eventId, time: secondsOf(cut.time), shared, keyEvent: undefined };
  const record = JSON.parse(text) as JsonObject;
  const facts = factsOf(record);
  if (cut !== undefined && isUse(record) && isCutFrom(record, cut))
    known.keep(cut.rest, facts.shared);
  return facts;
}

/** What records say but for ids, time and parameters. */
const known = new Memo<SharedFacts>({ most: 4_096, longest: 2_048 });

function factsOf(record: JsonObject): RecordFacts {
  const { account, region, management, time, attributes: all } = lookupAttributes(record);
  const [, eventId = ""] = all.find(([key]) => key === "EventId") ?? [];
  const attributes = all.filter(([key]) => key !== "EventId");
  const line = countedCall(record);
  const shared = { account, region, management, attributes, line };
  return { eventId, time, shared, keyEvent: keyEvent(record) };
}

/** Calls of whose parameters and answers nothing is looked up or counted. */
const uses: ReadonlySet<unknown> = new Set([
  "Decrypt",
  "Encrypt",
  "GenerateDataKey",
  "GenerateDataKeyWithoutPlaintext",
  "GenerateMac",
  "ReEncrypt",
  "Sign",
  "Verify",
  "VerifyMac",
]);

function isUse({ eventSource, eventType, eventName, sharedEventID }: JsonObject): boolean {
  const isCall = eventSource === "kms.amazonaws.com" && eventType === "AwsApiCall";
  return isCall && uses.has(eventName) && sharedEventID === undefined;
}

function isCutFrom({ eventID, eventTime }: JsonObject, { eventId, time }: Cut): boolean {
  return eventID === eventId && eventTime === time;
}

/** A record without what is different in each. */
interface Cut {
  readonly eventId: string;
  readonly time: string;
  readonly rest: string;
}

const timeMark = ',"eventTime":"';
const timeLength = "2026-01-02T03:04:05Z".length;
const parametersMark = ',"requestParameters":';
const requestMark = ',"requestID":"';
const eventMark = '","eventID":"';
const idLength = 36;

/**
 * Undefined where a record has not the usual members at their places. INVARIANT: no mark can stand within a string of JSON, where its quotes
 * would be escaped; objects whose members others name stand between parameters and request id only, and the last mark of the event's id is behind them.
 */
function cutOut(text: string): Cut | undefined {
  const timeAt = text.indexOf(timeMark) + timeMark.length;
  const timeEnd = timeAt + timeLength;
  const parametersEnd = text.indexOf(parametersMark, timeEnd) + parametersMark.length;
  const eventAt = text.lastIndexOf(eventMark) + eventMark.length;
  const eventEnd = eventAt + idLength;
  const requestAt = eventAt - eventMark.length - idLength - requestMark.length;
  const isUsual =
    timeAt > timeMark.length &&
    text[timeEnd] === '"' &&
    parametersEnd > timeEnd &&
    requestAt >= parametersEnd &&
    text.slice(requestAt, requestAt + requestMark.length) === requestMark &&
    text[eventEnd] === '"';
  if (!isUsual) return undefined;
  return {
    eventId: text.slice(eventAt, eventEnd),
    time: text.slice(timeAt, timeEnd),
    rest: text.slice(0, timeAt) + text.slice(timeEnd, parametersEnd) + text.slice(eventEnd),
  };
}
