import * as assert from "node:assert/strict";
import { test } from "node:test";
import * as fc from "fast-check";
import { bareObject } from "./bare-object.ts";

const inherited = [
  ...Object.getOwnPropertyNames(Object.prototype),
  ...Object.getOwnPropertyNames(Function.prototype),
];

test("a bare object has no member but those it is given, whatever their names are", () => {
  const object = bareObject<number>();
  for (const name of inherited) {
    assert.equal(object[name], undefined, name);
    assert.ok(!(name in object), name);
  }
  const name = fc.oneof(fc.constantFrom(...inherited), fc.string());
  fc.assert(
    fc.property(fc.uniqueArray(name), (names) => {
      const filled = bareObject<number>();
      for (const [at, each] of names.entries()) filled[each] = at;
      assert.equal(Object.keys(filled).length, names.length);
      for (const [at, each] of names.entries()) assert.equal(filled[each], at);
      const written = JSON.parse(JSON.stringify(filled)) as Readonly<Record<string, number>>;
      assert.deepEqual(Object.entries(written), Object.entries(filled));
      for (const each of inherited)
        assert.equal(bareObject()[each], undefined, "the next one has none of them");
    }),
  );
});
