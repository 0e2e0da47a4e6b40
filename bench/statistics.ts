/** The value below which a part of sorted numbers lies, by nearest rank; NaN of none. */
export function quantile(sorted: ArrayLike<number>, part: number): number {
  const rank = Math.ceil(part * sorted.length) - 1;
  return sorted[Math.min(sorted.length - 1, Math.max(0, rank))] ?? Number.NaN;
}

/** Some quantiles of numbers in any order. */
export function quantiles(numbers: ArrayLike<number>, ...parts: readonly number[]): number[] {
  const sorted = Float64Array.from(numbers).sort();
  return parts.map((part) => quantile(sorted, part));
}

/** The median; of an even count the mean of the middle two. */
export function median(numbers: readonly number[]): number {
  const sorted = numbers.toSorted((a, b) => a - b);
  const middle = sorted.length / 2;
  const upper = sorted[Math.floor(middle)] ?? Number.NaN;
  return Number.isInteger(middle) ? ((sorted[middle - 1] ?? Number.NaN) + upper) / 2 : upper;
}

/** The second largest, which one lucky slice cannot decide; of a single number that number. */
export function secondBest(numbers: readonly number[]): number {
  const sorted = numbers.toSorted((a, b) => b - a);
  return sorted[Math.min(1, sorted.length - 1)] ?? Number.NaN;
}

/** Median, smallest and largest of some ratios. */
export interface Spread {
  readonly median: number;
  readonly min: number;
  readonly max: number;
}

export function spread(numbers: readonly number[]): Spread {
  return { median: median(numbers), min: Math.min(...numbers), max: Math.max(...numbers) };
}
