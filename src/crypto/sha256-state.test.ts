import * as assert from "node:assert/strict";
import { createHash } from "node:crypto";
import { test } from "node:test";
import * as fc from "fast-check";
import { hashOn, stateBehind } from "./sha256-state.ts";

test("a hash goes on from any state as often as wanted, as if it had begun there", () => {
  const messages = fc.array(fc.uint8Array({ maxLength: 300 }));
  fc.assert(
    fc.property(fc.uint8Array({ maxLength: 200 }), messages, (beginning, all) => {
      const state = stateBehind(beginning);
      for (const message of all) {
        const hash = Buffer.alloc(32);
        hashOn(state, message, message.length, hash);
        const expected = createHash("sha256").update(beginning).update(message).digest();
        assert.deepEqual(hash, expected);
      }
    }),
  );
});

test("what would reach beyond a buffer is refused", () => {
  const state = stateBehind(Buffer.alloc(64));
  const [message, target] = [Buffer.alloc(10), Buffer.alloc(32)];
  const refused = (work: () => unknown): void => assert.throws(work, RangeError);
  refused(() => hashOn(state, message, 11, target));
  refused(() => hashOn(state, message, 10, target.subarray(1)));
  refused(() => hashOn(state.subarray(1), message, 10, target));
});
