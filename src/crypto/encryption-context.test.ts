import * as assert from "node:assert/strict";
import { test } from "node:test";
import fc from "fast-check";
import { encodeEncryptionContext } from "./encryption-context.ts";

/** Names and values that like to be mistaken for each other: few characters, lengths inside the text, odd names. */
const text = fc.oneof(
  fc.string({ unit: "binary", maxLength: 6 }),
  fc.string({ unit: fc.constantFrom("a", "b", "\0", "\u0001", "\u00e9", "e\u0301"), maxLength: 5 }),
  fc.constantFrom("", "__proto__", "constructor", "\0\0\0\u0001a", "é", "e\u0301"),
);
const contexts = fc.dictionary(text, text, { maxKeys: 4, noNullPrototype: false });
const pairs = (context: Readonly<Record<string, string>>): string =>
  JSON.stringify(Object.entries(context).toSorted(([a], [b]) => (a < b ? -1 : 1)));

test("two different contexts never encode alike", () => {
  fc.assert(
    fc.property(contexts, contexts, (a, b) => {
      fc.pre(pairs(a) !== pairs(b));
      assert.notDeepEqual(encodeEncryptionContext(a), encodeEncryptionContext(b));
    }),
    { numRuns: 5_000 },
  );
});

test("a context can be read back from its bytes, so no other one has them", () => {
  fc.assert(
    fc.property(contexts, (context) => {
      assert.equal(pairs(decode(encodeEncryptionContext(context))), pairs(context));
    }),
    { numRuns: 2_000 },
  );
});

test("the order of the pairs has no meaning", () => {
  fc.assert(
    fc.property(contexts, (context) => {
      const reversed: Record<string, string> = Object.create(null);
      for (const [name, value] of Object.entries(context).toReversed()) reversed[name] = value;
      assert.deepEqual(encodeEncryptionContext(reversed), encodeEncryptionContext(context));
    }),
  );
});

test("moving a character from a name to its value, or between pairs, changes the bytes", () => {
  const alike = [{ a: "bc" }, { ab: "c" }, { abc: "" }, { a: "b", c: "" }, { a: "", b: "c" }, {}];
  const encoded = alike.map((context) => encodeEncryptionContext(context).toString("hex"));
  assert.equal(new Set(encoded).size, alike.length);
});

test("names are ordered by their UTF-8 bytes, not by UTF-16 units", () => {
  const encoded = encodeEncryptionContext({ "\u{1f511}": "", "\uffee": "" }).toString("hex");
  assert.ok(encoded.indexOf("efbfae") < encoded.indexOf("f09f9491"));
});

test("however many names there are, and in whatever order, they are encoded in theirs", () => {
  fc.assert(
    fc.property(fc.uniqueArray(text, { maxLength: 20 }), (names) => {
      const context: Record<string, string> = Object.create(null);
      for (const name of names) context[name] = "";
      const sorted = names.toSorted((a, b) => Buffer.compare(Buffer.from(a), Buffer.from(b)));
      assert.deepEqual(Object.keys(decode(encodeEncryptionContext(context))), sorted);
    }),
  );
});

test("composed and decomposed forms of a letter are different contexts", () => {
  assert.notDeepEqual(
    encodeEncryptionContext({ name: "é" }),
    encodeEncryptionContext({ name: "e\u0301" }),
  );
});

test("an absent context equals the empty one", () => {
  assert.deepEqual(encodeEncryptionContext(), encodeEncryptionContext({}));
  assert.equal(encodeEncryptionContext().toString("hex"), "00000000");
});

test("lone surrogates, which all have the same UTF-8 form, are refused", () => {
  for (const context of [{ "\ud800": "" }, { name: "\udc00" }])
    assert.throws(() => encodeEncryptionContext(context), TypeError);
});

function decode(bytes: Buffer): Readonly<Record<string, string>> {
  const context: Record<string, string> = Object.create(null);
  let at = 4;
  const next = (): string => {
    const end = at + 4 + bytes.readUInt32BE(at);
    const read = bytes.toString("utf8", at + 4, end);
    at = end;
    return read;
  };
  for (let left = bytes.readUInt32BE(0); left > 0; left--) context[next()] = next();
  assert.equal(at, bytes.length);
  return context;
}
