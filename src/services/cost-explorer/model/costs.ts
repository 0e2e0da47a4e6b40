import type { KeyTime } from "../../../audit/key-times.ts";
import type { UsageCount } from "../../../audit/usage.ts";
import { one } from "./money.ts";
import type { Span } from "./periods.ts";
import { hoursInMonth, monthOf, secondsPerHour } from "./periods.ts";
import type { Prices, RateName } from "./prices.ts";
import { pricesAt, rateIn } from "./prices.ts";
import { keyType, requestRate, requestType } from "./usage-types.ts";

/** What a use would have cost on AWS. */
export interface CostLine {
  /** Which of the spans it belongs to. */
  readonly span: number;
  /** Who pays: the caller of requests, the owner of keys. */
  readonly account: string;
  readonly region: string;
  /** ARN; empty where a call names no key. */
  readonly key: string;
  readonly tags: Readonly<Record<string, string>>;
  readonly usageType: string;
  readonly operation: string;
  readonly unit: "Keys" | "Requests";
  /** Requests, or months of keys, in 10^-18. */
  readonly quantity: bigint;
  /** In 10^-18 dollars. */
  readonly cost: bigint;
}

/** What was used, and the prices of it. */
export interface Usage {
  /** In the order of their hours, and from the beginning of the first span's month on: the free ones are used up first. */
  readonly counts: readonly UsageCount[];
  readonly keyTimes: readonly KeyTime[];
  readonly prices: Prices;
  /** Seconds since 1970: keys have cost nothing yet for later. */
  readonly now: number;
}

/** What a use would have cost, in spans that follow one another; none may reach over the end of a month. */
export function* costLines(usage: Usage, spans: readonly Span[]): Generator<CostLine> {
  yield* keyLines(usage, spans);
  yield* requestLines(usage, spans);
}

/** AWS's bills name no operation where a key costs something. */
const noOperation = "Unknown";

function* keyLines(usage: Usage, spans: readonly Span[]): Generator<CostLine> {
  const wholeCosts = new Map<string, Priced>();
  for (const time of usage.keyTimes) {
    const until = Math.min(time.until ?? usage.now, usage.now);
    const { account, region, key, tags } = time;
    const common = { account, region, key, tags, usageType: keyType(region) };
    for (const [index, span] of spans.entries()) {
      if (span.to <= time.from || span.from >= until) continue;
      const priced = keyCost({ ...time, until }, span, usage.prices, wholeCosts);
      if (priced.quantity > 0n)
        yield { ...common, span: index, operation: noOperation, unit: "Keys", ...priced };
    }
  }
}

interface Priced {
  readonly quantity: bigint;
  readonly cost: bigint;
}

/** Rotations after the second one make a key no dearer. */
const paidRotations = 2;

/** A key as far as its time has come. */
type KnownTime = KeyTime & { readonly until: number };

/** What a key costs in a span. Most keys are there from a span's beginning to its end: what these cost is computed once. */
function keyCost(time: KnownTime, span: Span, prices: Prices, known: Map<string, Priced>): Priced {
  const rotations = time.rotations.slice(0, paidRotations);
  const whole =
    time.from <= span.from &&
    time.until >= span.to &&
    rotations.every((at) => at <= span.from || at >= span.to);
  if (!whole) return partCost(time, rotations, span, prices);
  const paid = rotations.filter((at) => at <= span.from);
  const name = `${span.from} ${time.region} ${paid.length}`;
  const found = known.get(name) ?? partCost(time, paid, span, prices);
  known.set(name, found);
  return found;
}

/** The key and its old material, each for the hours that it existed in, be it for a part of them. */
function partCost(
  { from: made, until, region }: KnownTime,
  rotations: readonly number[],
  span: Span,
  prices: Prices,
): Priced {
  const parts: readonly (readonly [number, RateName])[] = [
    [made, "keyMonth"],
    ...rotations.map((at) => [at, "rotationMonth"] as const),
  ];
  const priced = parts.flatMap(([from, name]) =>
    pricedSpans(span, prices).map((piece) => {
      const hours = BigInt(hoursWithin({ from: Math.max(made, from), to: until }, piece));
      const month = BigInt(hoursInMonth(piece.from));
      const rate = rateIn(pricesAt(prices, piece.from), region, name);
      return { quantity: (hours * one) / month, cost: (hours * rate) / month };
    }),
  );
  return {
    quantity: priced.reduce((sum, { quantity }) => sum + quantity, 0n),
    cost: priced.reduce((sum, { cost }) => sum + cost, 0n),
  };
}

/** A span in pieces of one price each. */
function pricedSpans({ from, to }: Span, prices: Prices): readonly Span[] {
  const changes = prices.map((list) => list.from).filter((time) => time > from && time < to);
  const ends = [...changes, to];
  return ends.map((end, index) => ({ from: ends[index - 1] ?? from, to: end }));
}

/** Hours of a span that a time touches. */
function hoursWithin(time: Span, span: Span): number {
  const from = Math.max(Math.floor(time.from / secondsPerHour) * secondsPerHour, span.from);
  const to = Math.min(Math.ceil(time.to / secondsPerHour) * secondsPerHour, span.to);
  return time.from < time.to ? Math.max(0, to - from) / secondsPerHour : 0;
}

function* requestLines(
  { counts, keyTimes, prices }: Usage,
  spans: readonly Span[],
): Generator<CostLine> {
  const tagsOf = new Map(keyTimes.map(({ key, tags }) => [key, tags]));
  const freeLeft = new Map<string, number>();
  let index = 0;
  for (const each of counts) {
    if (!each.billable || each.eventSource !== "kms.amazonaws.com") continue;
    const { hour, account, region, key, operation, count } = each;
    const list = pricesAt(prices, hour);
    const rate = requestRate(each);
    const free = rate === "requests" ? takeFree(freeLeft, each, list.freeRequests) : 0;
    while ((spans[index]?.to ?? Number.POSITIVE_INFINITY) <= hour) index++;
    if (hour < (spans[index]?.from ?? Number.POSITIVE_INFINITY)) continue;
    yield {
      span: index,
      account,
      region,
      key,
      tags: tagsOf.get(key) ?? {},
      usageType: requestType(region, rate),
      operation,
      unit: "Requests",
      quantity: BigInt(count) * one,
      cost: BigInt(count - free) * rateIn(list, region, rate),
    };
  }
}

/** How many of the calls are free: an account's first ones in a month, over all regions. */
function takeFree(
  left: Map<string, number>,
  { account, hour, count }: UsageCount,
  freeRequests: number,
): number {
  const month = `${account} ${monthOf(hour)}`;
  const had = left.get(month) ?? freeRequests;
  const taken = Math.min(had, count);
  left.set(month, had - taken);
  return taken;
}
