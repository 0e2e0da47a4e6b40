import * as assert from "node:assert/strict";
import { describe, test } from "node:test";
import * as fc from "fast-check";
import type { ListingStart } from "../tables/objects.ts";
import type { ListingPage, ListingQuery } from "./listing.ts";
import { listPage, readMaxKeys } from "./listing.ts";
import type { StoredObject } from "./object.ts";

const object = (key: string): StoredObject => ({
  ...{ bucket: "b", key, size: 0, etag: "", modifiedAt: new Date(0), headers: {}, metadata: {} },
  encryption: { kind: "AES256", wrappedKey: new Uint8Array() },
  ...{ elsewhere: false, fileId: "", version: 1 },
});

const compare = (a: string, b: string): number => Buffer.compare(Buffer.from(a), Buffer.from(b));

/** A table of keys that is read as the database is. */
function fetchFrom(keys: readonly string[]) {
  const sorted = [...new Set(keys)].toSorted(compare);
  return async ({ key, inclusive }: ListingStart, limit: number) =>
    sorted
      .filter((each) => compare(each, key) > 0 || (inclusive && each === key))
      .slice(0, limit)
      .map(object);
}

/** All entries of a listing as S3's documentation describes them, without pages. */
function naive(keys: readonly string[], { prefix, delimiter, after }: Omit<ListingQuery, "limit">) {
  const entries = new Set<string>();
  for (const key of [...new Set(keys)].toSorted(compare)) {
    if (!key.startsWith(prefix) || (after !== "" && compare(key, after) <= 0)) continue;
    const at = delimiter === "" ? -1 : key.indexOf(delimiter, prefix.length);
    entries.add(at < 0 ? key : key.slice(0, at + delimiter.length));
  }
  return [...entries];
}

const shown = ({ objects, prefixes }: ListingPage): readonly string[] =>
  [...objects.map(({ key }) => key), ...prefixes].toSorted(compare);

/** Beside usual ones, those next to which there is no character, or none that is text. */
const characters = ["a", "/", "é", "\u{d7ff}", "\u{e000}", "\u{10ffff}"];
const text = fc.string({ unit: fc.constantFrom(...characters), maxLength: 5 });
const delimiters = fc.constantFrom("", "/", "a", "/a", "\u{d7ff}", "\u{10ffff}");

describe("a listing", () => {
  test("followed page by page has every entry once and in order, whatever its prefix, delimiter and pages", async () => {
    await fc.assert(
      fc.asyncProperty(
        fc.array(text.filter((key) => key !== "")),
        text,
        delimiters,
        fc.integer({ min: 1, max: 4 }),
        async (keys, prefix, delimiter, limit) => {
          const found: string[] = [];
          let after = "";
          for (;;) {
            const page = await listPage({ prefix, delimiter, after, limit }, fetchFrom(keys));
            assert.ok(page.objects.length + page.prefixes.length <= limit);
            found.push(...shown(page));
            if (page.next === undefined) break;
            assert.notEqual(page.next, after);
            after = page.next;
          }
          assert.deepEqual(found, naive(keys, { prefix, delimiter, after: "" }));
        },
      ),
      { numRuns: 2_000 },
    );
  });

  test("begins behind any marker", async () => {
    await fc.assert(
      fc.asyncProperty(fc.array(text), text, text, async (keys, prefix, after) => {
        const query = { prefix, delimiter: "", after };
        const real = keys.filter((key) => key !== "");
        const page = await listPage({ ...query, limit: 1_000 }, fetchFrom(real));
        assert.deepEqual(shown(page), naive(real, query));
      }),
      { numRuns: 1_000 },
    );
  });
});

test("max-keys is a number from 0, and above 1,000 is 1,000", () => {
  assert.equal(readMaxKeys(undefined), 1_000);
  assert.equal(readMaxKeys("0"), 0);
  assert.equal(readMaxKeys("5000"), 1_000);
  for (const text of ["-1", "x", "", "1.5", "9999999999"])
    assert.throws(() => readMaxKeys(text), { name: "InvalidArgument" });
});
