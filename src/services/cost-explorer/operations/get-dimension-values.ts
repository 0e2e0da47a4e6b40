import { integer, oneOf, required, structure } from "../../../shape/shape.ts";
import { describeAccounts, readLines, requireView } from "../lines.ts";
import { dimensionOf } from "../model/dimensions.ts";
import { readFilter } from "../model/filter.ts";
import * as member from "../model/members.ts";
import { pageOf } from "../model/paging.ts";
import { piecesOf, readPeriod } from "../model/periods.ts";
import { Values } from "../model/values.ts";
import { defineOperation, permission } from "../operation.ts";

const pageSize = 1_000;

/** The values that a dimension has in a period, to filter by. */
export const getDimensionValues = defineOperation({
  name: "GetDimensionValues",
  readOnly: true,
  input: structure({
    SearchString: member.searchString,
    TimePeriod: required(member.timePeriod),
    Dimension: required(member.dimension),
    Context: oneOf("COST_AND_USAGE", "RESERVATIONS", "SAVINGS_PLANS"),
    Filter: member.expression,
    SortBy: member.sortBy,
    BillingViewArn: member.billingViewArn,
    MaxResults: integer({ min: 1 }),
    NextPageToken: member.pageToken,
  }),
  output: structure({
    DimensionValues: required(member.valuesWithAttributes),
    ReturnSize: required(integer()),
    TotalSize: required(integer()),
    NextPageToken: member.pageToken,
  }),
  identity: [permission("GetDimensionValues")],
  keys: {},
  audit: {
    request: [
      "SearchString",
      "TimePeriod",
      "Dimension",
      "Context",
      "Filter",
      "SortBy",
      "BillingViewArn",
      "MaxResults",
      "NextPageToken",
    ],
  },

  async handle({ input, context, tools }) {
    const {
      Dimension: dimension,
      Context: of = "COST_AND_USAGE",
      MaxResults: size = pageSize,
    } = input;
    requireView(input.BillingViewArn, context);
    const filter = readFilter(input.Filter);
    const spans = piecesOf(readPeriod(input.TimePeriod, "MONTHLY", context.time), "MONTHLY");
    const found = new Values();
    await readLines(spans, context, tools, (line) => {
      const value = dimensionOf(line, dimension);
      // Nobody has reservations or savings plans here.
      if (value !== undefined && of === "COST_AND_USAGE" && filter(line)) found.add(value, line);
    });
    const values = found.list(input);
    const { page, next } = pageOf(values, input, context.account, Math.min(size, pageSize));
    return {
      output: {
        DimensionValues:
          dimension === "LINKED_ACCOUNT"
            ? await describeAccounts(page, tools)
            : page.map((value) => ({ Value: value, Attributes: {} })),
        ReturnSize: page.length,
        TotalSize: values.length,
        ...next,
      },
    };
  },
});
