import * as assert from "node:assert/strict";
import { test } from "node:test";
import fc from "fast-check";
import { canonicalRequest, MalformedQueryError, parseQuery } from "./canonical-request.ts";

function canonical(path: string, query: string): string {
  const headers = new Map([["host", "h"]]);
  const fixed = {
    method: "GET",
    headers,
    signedHeaders: ["host"],
    bodyHash: "",
    pathForm: "normalized" as const,
  };
  return canonicalRequest({ ...fixed, path, query });
}

const encode = (text: string) => encodeURIComponent(text);

test("equal canonical queries mean equal parameters", () => {
  const pairs = fc.array(fc.tuple(fc.string({ unit: "binary" }), fc.string({ unit: "binary" })), {
    maxLength: 4,
  });
  const write = (list: readonly (readonly [string, string])[]) =>
    list.map(([name, value]) => `${encode(name)}=${encode(value)}`).join("&");
  const sorted = (list: readonly (readonly [string, string])[]) =>
    list.map((pair) => JSON.stringify(pair)).toSorted();
  fc.assert(
    fc.property(pairs, pairs, (a, b) => {
      const same = canonical("/", write(a)) === canonical("/", write(b));
      assert.equal(same, JSON.stringify(sorted(a)) === JSON.stringify(sorted(b)));
      assert.deepEqual(parseQuery(write(a)), a);
    }),
  );
});

test("percent-encoding that is not UTF-8 is refused", () => {
  for (const query of ["%", "%zz", "a=%ff", "%c0%af", "%ed%a0%80"])
    assert.throws(() => canonical("/", query), MalformedQueryError, query);
});

test("a plus sign in a query stays one", () => {
  assert.deepEqual(parseQuery("a=1+2"), [["a", "1+2"]]);
  assert.equal(canonical("/", "a=1+2"), canonical("/", "a=1%2B2"));
});

test("a path is encoded as received, so that an encoded slash is not a slash", () => {
  assert.notEqual(canonical("/a%2Fb", ""), canonical("/a/b", ""));
  assert.match(canonical("/a%2Fb", ""), /^GET\n\/a%252Fb\n/);
});

test("line breaks cannot be smuggled from one part of the canonical request into another", () => {
  assert.equal(
    canonical("/a\nb", "c\nd=e").split("\n").length,
    canonical("/a", "c=e").split("\n").length,
  );
});
