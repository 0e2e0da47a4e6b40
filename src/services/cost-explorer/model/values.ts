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

/** Gathers the values that lines have. */
export class Values {
  readonly #sums = new Map<string, Sum>();

  add(value: string, line: CostLine): void {
    const sum = this.#sums.get(value) ?? new Sum();
    this.#sums.set(value, sum);
    sum.add(line);
  }

  /** Those that contain the text searched for: by their names, or by what a metric says of each. Throws ValidationException. */
  list({ SearchString: search = "", SortBy: [order] = [], NextPageToken: token }: Search) {
    if (order !== undefined && (search !== "" || token !== undefined))
      throw new AwsError(
        "ValidationException",
        "SortBy goes with neither SearchString nor NextPageToken",
      );
    const wanted = search.toLowerCase();
    const found = [...this.#sums].filter(([value]) => value.toLowerCase().includes(wanted));
    const sorted = found.toSorted(([a], [b]) => (a < b ? -1 : 1));
    const sign = order?.SortOrder === "ASCENDING" ? 1 : -1;
    if (order !== undefined) sorted.sort(([, a], [, b]) => sign * a.compare(b, order.Key));
    return sorted.map(([value]) => value);
  }
}
