import * as assert from "node:assert/strict";
import { describe, test } from "node:test";
import { readHeaders, requireOnce } from "./headers.ts";

/** What a list says, read by itself. */
function expected(raw: readonly string[]): ReadonlyMap<string, string> {
  const headers = new Map<string, string>();
  for (let at = 0; at < raw.length; at += 2) {
    const name = String(raw[at]).toLowerCase();
    const value = String(raw[at + 1]).trim();
    const before = headers.get(name);
    headers.set(name, before === undefined ? value : `${before},${value}`);
  }
  return headers;
}

function pairs(raw: readonly string[]): ReadonlyMap<string, string> {
  const headers = readHeaders(raw);
  return new Map([...headers.keys()].map((name) => [name, headers.get(name) ?? ""]));
}

describe("what came before does not change how headers are read", () => {
  const names = ["Host", "host", "Via", "via", "X-Amz-Date", "User-Agent"];
  const values = ["a", "b", " a", "é", ""];
  const lists = names.flatMap((first) =>
    names.flatMap((second) =>
      values.flatMap((one) => values.map((other) => [first, one, second, other])),
    ),
  );

  test("in any order", () => {
    let turn = 0;
    for (let step = 0; step < 20_000; step++) {
      // A walk through all lists in which each comes behind many others (7919 is prime to their number).
      turn = (turn + 7_919 + (step % 13)) % lists.length;
      const raw = [...(lists[turn] ?? [])];
      assert.deepEqual(pairs(raw), expected(raw));
      assert.equal(readHeaders(raw).isAscii, !raw.includes("é"));
    }
  });

  test("a header that is absent is not found", () => {
    readHeaders(["Host", "a", "Via", "b"]);
    const headers = readHeaders(["Host", "a", "Range", "b"]);
    assert.ok(!headers.has("via"));
    assert.equal(headers.get("via"), undefined);
    assert.equal(headers.get("range"), "b");
  });
});

test("a decisive header that is given twice is refused, also behind one that is not", () => {
  requireOnce(readHeaders(["Host", "a", "Via", "b"]));
  for (const name of ["Host", "Authorization", "X-Amz-Target"])
    assert.throws(() => requireOnce(readHeaders([name, "a", name.toLowerCase(), "a"])), {
      name: "InvalidSignatureException",
    });
});
