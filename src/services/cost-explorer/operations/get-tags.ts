import { integer, list, required, string, structure } from "../../../shape/shape.ts";
import { readLines, requireView } from "../lines.ts";
import { readFilter } from "../model/filter.ts";
import * as member from "../model/members.ts";
import { pageOf } from "../model/paging.ts";
import { piecesOf, readPeriod } from "../model/periods.ts";
import { Values } from "../model/values.ts";
import { defineOperation, permission } from "../operation.ts";

const pageSize = 1_000;

/** The keys of tags in a period, or the values of one of them. */
export const getTags = defineOperation({
  name: "GetTags",
  readOnly: true,
  input: structure({
    SearchString: member.searchString,
    TimePeriod: required(member.timePeriod),
    TagKey: member.searchString,
    Filter: member.expression,
    SortBy: member.sortBy,
    BillingViewArn: member.billingViewArn,
    MaxResults: integer({ min: 1 }),
    NextPageToken: member.pageToken,
  }),
  output: structure({
    NextPageToken: member.pageToken,
    Tags: required(list(string())),
    ReturnSize: required(integer()),
    TotalSize: required(integer()),
  }),
  identity: [permission("GetTags")],
  keys: {},
  audit: {
    request: [
      "SearchString",
      "TimePeriod",
      "TagKey",
      "Filter",
      "SortBy",
      "BillingViewArn",
      "MaxResults",
      "NextPageToken",
    ],
  },

  async handle({ input, context, tools }) {
    const { TagKey: key, MaxResults: size = pageSize } = input;
    requireView(input.BillingViewArn, context);
    const filter = readFilter(input.Filter);
    const spans = piecesOf(readPeriod(input.TimePeriod, "MONTHLY", context.time), "MONTHLY");
    const found = new Values();
    const tagsIn = (tags: Readonly<Record<string, string>>): readonly string[] => {
      if (key === undefined) return Object.keys(tags);
      // What lacks the tag counts as empty, as in groups.
      return [Object.hasOwn(tags, key) ? (tags[key] ?? "") : ""];
    };
    await readLines(spans, context, tools, (line) => {
      if (filter(line)) for (const tag of tagsIn(line.tags)) found.add(tag, line);
    });
    const values = found.list(input);
    const { page, next } = pageOf(values, input, context.account, Math.min(size, pageSize));
    return {
      output: { Tags: page, ReturnSize: page.length, TotalSize: values.length, ...next },
    };
  },
});
