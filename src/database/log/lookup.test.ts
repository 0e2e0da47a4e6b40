import * as assert from "node:assert/strict";
import { test } from "node:test";
import fc from "fast-check";
import type { LookupQuery } from "../../audit/trail.ts";
import { SqliteConnection } from "../sqlite.ts";
import { chunkSize, IndexTables } from "./index-tables.ts";
import type { Hit } from "./lookup.ts";
import { lookup } from "./lookup.ts";

const scope = { account: "111122223333", region: "eu-west-1" };

interface Event {
  readonly time: number;
  readonly name: string;
}

function indexed(events: readonly Event[], first = 0) {
  const connection = new SqliteConnection(":memory:", "create");
  const tables = new IndexTables(connection, 1);
  for (let skipped = 0; skipped < first; skipped++) tables.skip();
  events.forEach(({ time, name }, at) => {
    const eventId = `${(at % 7).toString(16).padStart(8, "0")}-${at}`;
    const attributes = [["EventName", name]] as const;
    const shared = { ...scope, management: true, attributes, line: undefined };
    tables.add({ position: first + at + 1, facts: { eventId, time, shared } });
  });
  tables.flush();
  return connection;
}

/** What the query is after, found by looking at every event. */
function expected(events: readonly Event[], first: number, query: LookupQuery): readonly Hit[] {
  const { attribute, from = 0, to = Number.MAX_SAFE_INTEGER, after } = query;
  return events
    .map(({ time, name }, at) => ({ time, name, position: first + at + 1 }))
    .filter(
      ({ time, name }) => time >= from && time <= to && (!attribute || attribute.value === name),
    )
    .toSorted((a, b) => b.time - a.time || b.position - a.position)
    .filter(
      ({ time, position }) =>
        !after || time < after.time || (time === after.time && position < after.position),
    )
    .map(({ time, position }) => ({ time, position }));
}

const someEvents = fc.array(
  fc.record({ time: fc.integer({ min: 100, max: 120 }), name: fc.constantFrom("A", "B", "C") }),
  { maxLength: 60 },
);

test("a lookup finds what a look at every event finds, in the same order", () => {
  fc.assert(
    fc.property(
      someEvents,
      fc.record({
        limit: fc.constant(50),
        attribute: fc.option(
          fc.record({ key: fc.constant("EventName" as const), value: fc.constantFrom("A", "D") }),
          { nil: undefined },
        ),
        from: fc.option(fc.integer({ min: 98, max: 121 }), { nil: undefined }),
        to: fc.option(fc.integer({ min: 98, max: 121 }), { nil: undefined }),
      }),
      // Around the end of a chunk, so that the order holds over two of them.
      fc.integer({ min: chunkSize - 50, max: chunkSize }),
      (events, { attribute, from, to, limit }, first) => {
        const query: LookupQuery = {
          ...scope,
          limit,
          ...(attribute && { attribute }),
          ...(from !== undefined && { from }),
          ...(to !== undefined && { to }),
        };
        const connection = indexed(events, first);
        const all = expected(events, first, query);
        assert.deepEqual([...lookup(connection, query)], all);
        // Going on behind any hit gives the rest.
        const middle = all[Math.floor(all.length / 2)];
        if (middle !== undefined) {
          const rest = { ...query, after: middle };
          assert.deepEqual([...lookup(connection, rest)], expected(events, first, rest));
        }
        connection.close();
      },
    ),
    { numRuns: 60 },
  );
});

test("events of other accounts and regions are not found", () => {
  const connection = indexed([{ time: 1, name: "A" }]);
  for (const other of [
    { ...scope, account: "444455556666" },
    { ...scope, region: "eu-west-2" },
  ])
    assert.deepEqual([...lookup(connection, { ...other, limit: 50 })], []);
  connection.close();
});
