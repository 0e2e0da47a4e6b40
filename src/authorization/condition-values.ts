/** Readers of the typed values in conditions; each gives undefined for text that is not of its type. */
import { consistsOf, digits } from "./characters.ts";

/** Reads a decimal number, such as `-1.5` or `1e3`. */
export function parseNumber(text: string): number | undefined {
  if (!consistsOf(text, `${digits}+-.eE`)) return undefined;
  const value = Number(text);
  return Number.isFinite(value) ? value : undefined;
}

/** Reads `true` or `false` in any case. */
export function parseBool(text: string): boolean | undefined {
  const folded = text.toLowerCase();
  return folded === "true" ? true : folded === "false" ? false : undefined;
}

/** Reads epoch seconds or an ISO 8601 date, with time and zone or without both; gives epoch milliseconds. */
export function parseDate(text: string): number | undefined {
  const seconds = parseNumber(text);
  if (seconds !== undefined) return seconds * 1000;
  const day = text.slice(0, 10);
  if (!fits(day, "0000-00-00") || !isCalendarDay(day)) return undefined;
  if (text.length > 10 && !isTime(text.slice(10))) return undefined;
  const value = Date.parse(text);
  return Number.isNaN(value) ? undefined : value;
}

function isCalendarDay(day: string): boolean {
  const parsed = Date.parse(day);
  return !Number.isNaN(parsed) && new Date(parsed).toISOString().startsWith(day);
}

function isTime(text: string): boolean {
  const zone = text.endsWith("Z") ? 1 : 6;
  if (zone === 6 && !fits(text.slice(-6), "+00:00") && !fits(text.slice(-6), "-00:00"))
    return false;
  const clock = text.slice(0, -zone);
  if (fits(clock, "T00:00") || fits(clock, "T00:00:00")) return true;
  return fits(clock.slice(0, 10), "T00:00:00.") && consistsOf(clock.slice(10), digits);
}

/** Whether text has the form of a template, in which 0 stands for any digit. */
function fits(text: string, template: string): boolean {
  if (text.length !== template.length) return false;
  for (let at = 0; at < text.length; at++) {
    const wanted = template[at];
    const given = text[at] ?? "";
    if (wanted === "0" ? !digits.includes(given) : wanted !== given) return false;
  }
  return true;
}
