import { oneOf, required, structure } from "../../../shape/shape.ts";
import { describeAccounts, readLines, requireView } from "../lines.ts";
import type { CostLine } from "../model/costs.ts";
import { readFilter } from "../model/filter.ts";
import type { KeysOf } from "../model/groups.ts";
import { readGroups, readMetrics, Sum } from "../model/groups.ts";
import * as member from "../model/members.ts";
import { pageOf } from "../model/paging.ts";
import type { Span } from "../model/periods.ts";
import { formatPeriod, monthOf, piecesOf, readPeriod } from "../model/periods.ts";
import { defineOperation, permission } from "../operation.ts";

/** Groups of results that one answer holds at most. */
const pageSize = 5_000;

/** What the use of keys would have cost on AWS, by time and up to two kinds of groups. */
export const getCostAndUsage = defineOperation({
  name: "GetCostAndUsage",
  readOnly: true,
  input: structure({
    TimePeriod: required(member.timePeriod),
    Granularity: required(oneOf("DAILY", "MONTHLY", "HOURLY")),
    Filter: member.expression,
    Metrics: required(member.metricNames),
    GroupBy: member.groupDefinitions,
    BillingViewArn: member.billingViewArn,
    NextPageToken: member.pageToken,
  }),
  output: structure({
    NextPageToken: member.pageToken,
    GroupDefinitions: member.groupDefinitions,
    ResultsByTime: member.resultsByTime,
    DimensionValueAttributes: member.valuesWithAttributes,
  }),
  identity: [permission("GetCostAndUsage")],
  keys: {},
  audit: {
    request: [
      "TimePeriod",
      "Granularity",
      "Filter",
      "Metrics",
      "GroupBy",
      "BillingViewArn",
      "NextPageToken",
    ],
  },

  async handle({ input, context, tools }) {
    const { Granularity: granularity, GroupBy: groups = [] } = input;
    const metrics = readMetrics(input.Metrics);
    const keysOf = readGroups(groups);
    requireView(input.BillingViewArn, context);
    const filter = readFilter(input.Filter);
    const spans = piecesOf(readPeriod(input.TimePeriod, granularity, context.time), granularity);
    const found = new Groups(spans, groups.length === 0 ? undefined : keysOf);
    const accounts = new Set<string>();
    await readLines(spans, context, tools, (line) => {
      if (!filter(line)) return;
      found.add(line);
      accounts.add(line.account);
    });
    const { page, next } = pageOf(found.list(), input, context.account, pageSize);
    const thisMonth = monthOf(context.time.getTime() / 1_000);
    return {
      output: {
        ...next,
        ...(groups.length === 0 ? {} : { GroupDefinitions: groups }),
        ResultsByTime: [...Map.groupBy(page, ({ span }) => span)].map(([span, shown]) => ({
          TimePeriod: formatPeriod(span, granularity),
          ...(groups.length === 0
            ? { Total: shown[0]?.sum.metrics(metrics) ?? {}, Groups: [] }
            : { Total: {}, Groups: groupAnswers(shown, metrics) }),
          Estimated: span.to > thisMonth,
        })),
        DimensionValueAttributes: groups.some(({ Key }) => Key === "LINKED_ACCOUNT")
          ? await describeAccounts([...accounts], tools)
          : [],
      },
    };
  },
});

/** A sum of lines in a span; `keys` is undefined for the place of a span in which there is nothing. */
interface Group {
  readonly span: Span;
  readonly keys: readonly string[] | undefined;
  readonly sum: Sum;
}

class Groups {
  readonly #spans: readonly Span[];
  readonly #keysOf: KeysOf | undefined;
  readonly #sums: readonly Map<string, Group>[];

  constructor(spans: readonly Span[], keysOf: KeysOf | undefined) {
    this.#spans = spans;
    this.#keysOf = keysOf;
    this.#sums = spans.map(() => new Map());
  }

  add(line: CostLine): void {
    const [span, sums] = [this.#spans[line.span], this.#sums[line.span]];
    if (span === undefined || sums === undefined) return;
    const keys = this.#keysOf?.(line) ?? [];
    const name = JSON.stringify(keys);
    const group = sums.get(name) ?? { span, keys, sum: new Sum() };
    sums.set(name, group);
    group.sum.add(line);
  }

  /** The sums of each span, in the order of their keys. A span without lines has one empty sum, so that it is not left out. */
  list(): readonly Group[] {
    return this.#spans.flatMap((span, index): readonly Group[] => {
      const found = [...(this.#sums[index] ?? [])].toSorted(([a], [b]) => (a < b ? -1 : 1));
      if (found.length === 0) return [{ span, keys: undefined, sum: new Sum() }];
      return found.map(([, group]) => group);
    });
  }
}

function groupAnswers(groups: readonly Group[], metrics: readonly string[]) {
  return groups.flatMap(({ keys, sum }) =>
    keys === undefined ? [] : [{ Keys: keys, Metrics: sum.metrics(metrics) }],
  );
}
