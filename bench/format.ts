import type { Spread } from "./statistics.ts";

/** A median with the smallest and the largest. */
export function formatSpread({ median, min, max }: Spread, digits: number): string {
  return `${median.toFixed(digits)} (${min.toFixed(digits)}–${max.toFixed(digits)})`;
}

/** Seconds as milliseconds. */
export function milliseconds(seconds: number): string {
  return (seconds * 1e3).toFixed(2);
}

/** A number, or a dash where it is not known. */
export function known(value: number, digits: number): string {
  return Number.isNaN(value) ? "–" : value.toFixed(digits);
}
