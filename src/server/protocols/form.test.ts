import * as assert from "node:assert/strict";
import { test } from "node:test";
import fc from "fast-check";
import { readMembers, readParameters } from "./form.ts";

const none = Buffer.alloc(0);
const members = (form: string) =>
  JSON.parse(JSON.stringify(readMembers(readParameters("", Buffer.from(form))))) as unknown;
const malformed = { name: "SerializationException" };

test("what a form encodes is read back", () => {
  const names = fc.uniqueArray(fc.stringMatching(/^[A-Za-z]{1,8}$/), { maxLength: 5 });
  const values = fc.array(fc.string({ unit: "binary" }), { minLength: 5, maxLength: 5 });
  fc.assert(
    fc.property(names, values, (keys, texts) => {
      const pairs = keys.map((key, at) => [key, texts[at] ?? ""]);
      const form = Buffer.from(new URLSearchParams(pairs).toString());
      assert.deepEqual([...readParameters("", form)], pairs);
    }),
  );
});

test("any bytes are read or refused as malformed", () => {
  fc.assert(
    fc.property(fc.uint8Array(), (bytes) => {
      try {
        readMembers(readParameters("", bytes));
      } catch (error) {
        assert.equal((error as Error).name, malformed.name);
      }
    }),
  );
});

test("a plus sign is a space in a form and itself in a query string", () => {
  assert.equal(readParameters("", Buffer.from("a=1+2")).get("a"), "1 2");
  assert.equal(readParameters("a=1+2", none).get("a"), "1+2");
});

test("names are members of structures and elements of lists", () => {
  assert.deepEqual(
    members("Action=X&Version=1&A=1&B.C=2&L.member.2=b&L.member.1=a&M.member.1.N=3"),
    {
      A: "1",
      B: { C: "2" },
      L: ["a", "b"],
      M: [{ N: "3" }],
    },
  );
  assert.deepEqual(Object.keys(members("__proto__.a=1") as object), ["__proto__"]);
});

test("a name given twice is refused, also across query string and form", () => {
  for (const form of ["a=1&a=1", "a=1&%61=2"])
    assert.throws(() => readParameters("", Buffer.from(form)), malformed);
  assert.throws(() => readParameters("a=1", Buffer.from("a=1")), malformed);
});

test("names that contradict each other, lists with gaps and great depth are refused", () => {
  for (const form of [
    "a=1&a.b=2",
    "a.b=2&a=1",
    "a.member.1=x&a.member.3=y",
    "a.member.0=x",
    "a.member.01=x",
    `${"a.".repeat(40)}b=1`,
  ])
    assert.throws(() => members(form), malformed, form);
});

test("text that is not percent-encoded ASCII is refused", () => {
  for (const form of ["a=%", "a=%f", "a=%ff", "a=ü", "a=\n"])
    assert.throws(() => readParameters("", Buffer.from(form)), malformed, form);
});

test("more than two thousand parameters are refused", () => {
  const form = Array.from({ length: 2001 }, (_, at) => `p${at}=1`).join("&");
  assert.throws(() => readParameters("", Buffer.from(form)), malformed);
});
