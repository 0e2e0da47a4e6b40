import * as assert from "node:assert/strict";
import { test } from "node:test";
import fc from "fast-check";
import type { Change, Commit, VersionRef } from "./commit.ts";
import { noChange } from "./commit.ts";
import { packCommits, unpackCommits } from "./parcel.ts";
import { sql } from "./sql.ts";

const version: fc.Arbitrary<VersionRef> = fc.record({
  aggregate: fc.constantFrom("key/1", "key/2", "user/app", ""),
  version: fc.nat({ max: 3 }),
});
const change: fc.Arbitrary<Change> = fc.oneof(
  fc.constant(noChange),
  fc.record({
    writes: fc.array(
      fc.nat().map((value) => ({ statement: sql`UPDATE t SET v = ${value}`, rows: 1 })),
      { maxLength: 2 },
    ),
    versions: fc.array(version, { maxLength: 2 }),
    erases: fc.boolean(),
  }),
);
const commit: fc.Arbitrary<Commit> = fc.record({
  relied: fc.array(version, { maxLength: 5 }),
  change,
  records: fc.array(fc.string({ unit: "binary" }), { maxLength: 3 }),
});

/** What a change is to the writer. */
const meaning = ({ writes, versions, erases = false }: Change) => ({ writes, versions, erases });
const meant = (each: Commit) => ({ ...each, change: meaning(each.change) });

test("what a parcel brings over to the other thread is what was packed, in its order", () => {
  fc.assert(
    fc.property(fc.nat(), fc.array(commit), (first, commits) => {
      const found = unpackCommits(structuredClone(packCommits(first, commits)));
      assert.deepEqual(
        found.map(({ id }) => id),
        commits.map((_, at) => first + at),
      );
      const brought = found.map((each) => meant(each.commit));
      assert.deepEqual(brought, structuredClone(commits.map(meant)));
    }),
  );
});
