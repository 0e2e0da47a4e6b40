import { integer, list, required, string, structure, timestamp } from "../../../shape/shape.ts";
import { earliest, eventAnswer, mostEvents, requireLookup, secondsOf } from "../lookup.ts";
import { lookupToken, readLookupToken } from "../model/lookup-token.ts";
import * as member from "../model/members.ts";
import { defineOperation } from "../operation.ts";

/** Looks up management events of the last 90 days, newest first. */
export const lookupEvents = defineOperation({
  name: "LookupEvents",
  readOnly: true,
  input: structure({
    LookupAttributes: list(member.lookupAttribute),
    StartTime: timestamp,
    EndTime: timestamp,
    EventCategory: string(),
    MaxResults: integer(),
    NextToken: string(),
  }),
  output: structure({ Events: required(list(member.event)), NextToken: string() }),
  identity: [{ action: "cloudtrail:LookupEvents", resource: () => "*" }],
  keys: {},
  audit: {
    request: [
      "LookupAttributes",
      "StartTime",
      "EndTime",
      "EventCategory",
      "MaxResults",
      "NextToken",
    ],
  },

  async handle({ input, context: { account, region, time }, tools: { records, trails } }) {
    requireLookup(input);
    if (input.EventCategory === "insight") return { output: { Events: [] } };
    const [attribute] = input.LookupAttributes ?? [];
    const query = {
      account,
      region,
      ...secondsOf(input),
      ...(attribute === undefined
        ? {}
        : { attribute: { key: attribute.AttributeKey, value: attribute.AttributeValue } }),
    };
    const domain = await trails.domain(account);
    const { NextToken: token, MaxResults: limit = mostEvents } = input;
    const after = token === undefined ? undefined : readLookupToken(token, query, domain);
    // Whoever calls after a call was acknowledged finds it.
    await records.settled();
    const from = Math.max(query.from ?? 0, earliest(time));
    const page = await records.lookup({
      ...query,
      from,
      limit,
      ...(after === undefined ? {} : { after }),
    });
    const next =
      page.next === undefined ? {} : { NextToken: lookupToken(page.next, query, domain) };
    return { output: { Events: page.records.map(eventAnswer), ...next } };
  },
});
