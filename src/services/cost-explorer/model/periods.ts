import { AwsError } from "../../../base/errors.ts";

export type Granularity = "DAILY" | "MONTHLY" | "HOURLY";

/** Seconds since 1970, `to` excluded. */
export interface Span {
  readonly from: number;
  readonly to: number;
}

export const secondsPerHour = 3_600;
const secondsPerDay = 24 * secondsPerHour;

interface TimePeriod {
  readonly Start: string;
  readonly End: string;
}

const forms = {
  day: { pattern: /^\d{4}-\d{2}-\d{2}$/, name: "yyyy-MM-dd", length: 10 },
  hour: { pattern: /^\d{4}-\d{2}-\d{2}T\d{2}:00:00Z$/, name: "yyyy-MM-dd'T'HH:mm:ssZ", length: 20 },
} as const;
type Form = (typeof forms)[keyof typeof forms];

/** The span that a request asks about. Throws ValidationException. */
export function readPeriod({ Start, End }: TimePeriod, granularity: Granularity, now: Date): Span {
  const form = granularity === "HOURLY" ? forms.hour : forms.day;
  const from = readMoment(Start, "Start", form);
  const to = readMoment(End, "End", form);
  if (from >= to) throw invalid("Start date (and hour) should be before end date (and hour)");
  if (to > nextMonth(now.getTime() / 1_000))
    throw invalid("end date past the beginning of next month");
  const most = mostDays[granularity];
  if (to - from > most * secondsPerDay)
    throw invalid(`${granularity} granularity is answered for ${most} days at most`);
  return { from, to };
}

/** Days that one request may ask about: AWS's 14 days, its 14 months, and more months than there are. */
const mostDays: Readonly<Record<Granularity, number>> = {
  HOURLY: 14,
  DAILY: 14 * 31,
  MONTHLY: 1_000 * 366,
};

function readMoment(text: string, name: string, { pattern, name: format, length }: Form): number {
  const time = pattern.test(text) ? Date.parse(text) : Number.NaN;
  if (Number.isNaN(time) || !isoText(time / 1_000).startsWith(text.slice(0, Math.min(length, 19))))
    throw invalid(`${name} time ${text} is invalid. Valid format is: ${format}.`);
  return time / 1_000;
}

function invalid(message: string): AwsError {
  return new AwsError("ValidationException", message);
}

/** A span in pieces of the granularity, none of which reaches over the end of a month. */
export function piecesOf({ from, to }: Span, granularity: Granularity): readonly Span[] {
  const pieces: Span[] = [];
  for (let start = from; start < to; ) {
    const end = Math.min(to, endOfPiece(start, granularity));
    pieces.push({ from: start, to: end });
    start = end;
  }
  return pieces;
}

function endOfPiece(start: number, granularity: Granularity): number {
  if (granularity === "MONTHLY") return nextMonth(start);
  const length = granularity === "DAILY" ? secondsPerDay : secondsPerHour;
  return start + length;
}

/** A span as results name it. */
export function formatPeriod({ from, to }: Span, granularity: Granularity): TimePeriod {
  const text = (time: number): string =>
    granularity === "HOURLY" ? `${isoText(time)}Z` : isoText(time).slice(0, 10);
  return { Start: text(from), End: text(to) };
}

/** The beginning of the month of a time. */
export function monthOf(time: number): number {
  const date = new Date(time * 1_000);
  return Date.UTC(date.getUTCFullYear(), date.getUTCMonth()) / 1_000;
}

/** The beginning of the month after a time. */
export function nextMonth(time: number): number {
  const date = new Date(time * 1_000);
  return Date.UTC(date.getUTCFullYear(), date.getUTCMonth() + 1) / 1_000;
}

/** Hours of the month of a time. */
export function hoursInMonth(time: number): number {
  return (nextMonth(time) - monthOf(time)) / secondsPerHour;
}

function isoText(time: number): string {
  return new Date(time * 1_000).toISOString().slice(0, 19);
}
