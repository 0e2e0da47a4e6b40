import { AwsError } from "../../../base/errors.ts";
import type { CostLine } from "./costs.ts";
import { Sum } from "./groups.ts";

interface Search {
  readonly SearchString?: string | undefined;
  readonly SortBy?:
    | readonly { readonly Key: string; readonly SortOrder?: string | undefined }[]
    | undefined;
  readonly NextPageToken?: string | undefined;
}

/** The values that lines have, those that contain the text searched for: by their names, or by what a metric says of each. */
export function valuesOf(
  lines: readonly CostLine[],
  valuesIn: (line: CostLine) => readonly string[],
  { SearchString: search = "", SortBy: [order] = [], NextPageToken: token }: Search,
): readonly string[] {
  if (order !== undefined && (search !== "" || token !== undefined))
    throw new AwsError(
      "ValidationException",
      "SortBy goes with neither SearchString nor NextPageToken",
    );
  const sums = new Map<string, Sum>();
  for (const line of lines)
    for (const value of valuesIn(line)) {
      const sum = sums.get(value) ?? new Sum();
      sums.set(value, sum);
      sum.add(line);
    }
  const found = [...sums].filter(([value]) => value.toLowerCase().includes(search.toLowerCase()));
  const byName = found.toSorted(([a], [b]) => (a < b ? -1 : 1));
  if (order === undefined) return byName.map(([value]) => value);
  const sign = order.SortOrder === "ASCENDING" ? 1 : -1;
  return byName.toSorted(([, a], [, b]) => sign * a.compare(b, order.Key)).map(([value]) => value);
}
