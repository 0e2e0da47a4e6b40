import { fileURLToPath } from "node:url";
import { isScalar } from "yaml";
import { OperatorError } from "../base/errors.ts";
import type { Member, Read } from "../cli/document.ts";
import {
  checked,
  list,
  object,
  optional,
  readDocument,
  record,
  required,
  whole,
} from "../cli/document.ts";
import { readOperatorFile } from "../config-file.ts";
import { parseAmount } from "../services/cost-explorer/model/money.ts";
import type { PriceList, Prices, RateName, Rates } from "../services/cost-explorer/model/prices.ts";
import { rateNames } from "../services/cost-explorer/model/prices.ts";

/** The prices that hold when no file is named. It lies two folders up from src/composition and from dist/composition alike. */
const usualFile = fileURLToPath(new URL("../../docs/examples/prices.yaml", import.meta.url));

/** Reads a file of prices (docs/metering.md), or the usual ones. Throws OperatorError. */
export function readPrices(file: string = usualFile): Prices {
  const [oldest, ...later] = readDocument(readOperatorFile(file), file, form);
  if (oldest === undefined) throw new OperatorError(`${file}: there are no prices in it`);
  return [pricesOf(oldest), ...later.map(pricesOf)];
}

const dollars: Read<bigint> = ({ node, name, report }) => {
  // The digits as they stand in the file: a number of YAML's has lost some of them.
  const source = isScalar(node) ? (node.source ?? String(node.value)) : "";
  const amount = parseAmount(source.trim());
  return amount ?? report(`\`${name}\` must be dollars such as 0.03, with at most 10 decimals`);
};

const day: Read<number> = ({ node, name, report }) => {
  const text = isScalar(node) ? String(node.value) : "";
  const time = /^\d{4}-\d{2}-\d{2}$/.test(text) ? Date.parse(text) : Number.NaN;
  if (!Number.isNaN(time) && new Date(time).toISOString().startsWith(text)) return time / 1_000;
  return report(`\`${name}\` must be a day such as "2026-01-31"`);
};

type RateMembers<T> = Readonly<Record<RateName, Member<T>>>;

function rates<T>(member: (read: Read<bigint>) => Member<T>): RateMembers<T> {
  const members = rateNames.map((name) => [name, member(dollars)] as const);
  // One member for each name, which is what RateMembers says.
  return Object.fromEntries(members) as RateMembers<T>;
}

const entry = object({
  from: required(day),
  freeRequests: required(whole(0, 1_000_000_000)),
  ...rates(required),
  regions: optional(
    record(
      /^([a-z]+-){2,3}\d+$/,
      "regions, such as eu-central-1",
      object(rates((read) => optional(read, undefined))),
    ),
    {},
  ),
});
type Entry = NonNullable<ReturnType<typeof entry>>;

const form = checked(list(entry), (entries, place) => {
  for (const [index, { from }] of entries.entries())
    if (from <= (entries[index - 1]?.from ?? Number.NEGATIVE_INFINITY))
      place.report("entries must stand in the order of their days, each day once");
});

function pricesOf({ from, freeRequests, regions, ...own }: Entry): PriceList {
  return {
    from,
    freeRequests,
    rates: perUnit(own),
    regions: Object.fromEntries(
      Object.entries(regions).map(([region, given]) => [region, perUnit(given)]),
    ),
  };
}

const requestsPriced = 10_000n;

/** Prices of requests are written for 10,000 of them. */
function perUnit<R extends { readonly [N in RateName]?: bigint | undefined }>(given: R) {
  const priced = rateNames.flatMap((name) => {
    const price = given[name];
    if (price === undefined) return [];
    return [[name, name.endsWith("Month") ? price : price / requestsPriced] as const];
  });
  return Object.fromEntries(priced) as { readonly [N in keyof R & keyof Rates]: bigint };
}
