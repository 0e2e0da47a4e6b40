import * as assert from "node:assert/strict";
import { describe, test } from "node:test";
import * as fc from "fast-check";
import { AwsError } from "../../../base/errors.ts";
import { pageOf, readMarker } from "./marker.ts";

const limits = { most: 5, usual: 3 };

describe("pages of a listing (facts 17)", () => {
  test("following the markers gives every entry once, in order, whatever the sizes", () => {
    const names = fc.uniqueArray(fc.string({ unit: "binary", minLength: 1 }), { maxLength: 20 });
    const sizes = fc.array(fc.integer({ min: 1, max: 7 }), { minLength: 1, maxLength: 30 });
    fc.assert(
      fc.property(names, sizes, (all, asked) => {
        const seen: string[] = [];
        let Marker: string | undefined;
        for (let turn = 0; ; turn++) {
          const Limit = asked[turn % asked.length];
          const { entries, page } = pageOf(all, { Limit, Marker }, limits, "L", (name) => name);
          assert.ok(entries.length <= Math.min(Number(Limit), limits.most));
          assert.equal(page.Truncated, page.NextMarker !== undefined);
          seen.push(...entries);
          Marker = page.NextMarker;
          if (Marker === undefined) break;
          assert.ok(entries.length > 0 && /^[\u0020-\u00FF]+$/.test(Marker));
        }
        assert.deepEqual(
          seen,
          all.toSorted((a, b) => (a < b ? -1 : 1)),
        );
      }),
    );
  });

  test("any other text is no marker", () => {
    fc.assert(
      fc.property(fc.string({ unit: "binary" }), (text) => {
        assert.throws(
          () => readMarker(text, "L"),
          (error) => error instanceof AwsError && error.code === "InvalidMarkerException",
        );
      }),
    );
  });
});
