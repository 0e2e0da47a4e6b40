import * as assert from "node:assert/strict";
import crypto from "node:crypto";
import { syncBuiltinESMExports } from "node:module";
import { mock, test } from "node:test";
import { PublicRandom, randomIds } from "./random.ts";

test("UUIDs are random ones of version 4, each another, and any digit may stand where one is free", () => {
  const seen = new Set<string>();
  const digits = Array.from({ length: 36 }, () => new Set<string>());
  for (let count = 0; count < 10_000; count++) {
    const uuid = randomIds.uuid();
    assert.match(uuid, /^[0-9a-f]{8}-[0-9a-f]{4}-4[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$/);
    seen.add(uuid);
    for (const [at, digit] of [...uuid].entries()) digits[at]?.add(digit);
  }
  assert.equal(seen.size, 10_000);
  const fixed = new Map([...[8, 13, 14, 18, 23].map((at) => [at, 1] as const), [19, 4] as const]);
  for (const [at, found] of digits.entries()) assert.equal(found.size, fixed.get(at) ?? 16);
});

test("bytes that are drawn in blocks are given once, in their order, and leave nothing behind", () => {
  const blocks: Buffer[] = [];
  const drawing = mock.method(crypto, "randomBytes", (length: number) => {
    const start = blocks.reduce((sum, block) => sum + block.length, 0) / 4;
    const block = Buffer.alloc(length);
    for (let at = 0; at < length; at += 4) block.writeUInt32BE(start + at / 4 + 1, at);
    blocks.push(block);
    return block;
  });
  syncBuiltinESMExports();
  try {
    const random = new PublicRandom();
    const seen = new Set<string>();
    for (let count = 0; count < 1_000; count++) {
      const target = Buffer.alloc(count % 2 === 0 ? 32 : 24);
      random.fill(target);
      for (let at = 0; at < target.length; at += 4) seen.add(target.toString("hex", at, at + 4));
    }
    assert.equal(seen.size, 500 * 8 + 500 * 6, "no four bytes came twice");
    assert.ok(!seen.has("00000000"), "nor what was wiped");
    const [first, ...rest] = blocks;
    assert.ok(rest.length > 2);
    assert.ok(first?.subarray(0, -28).every((byte) => byte === 0));
    assert.throws(() => random.fill(Buffer.alloc(4_097)), RangeError);
  } finally {
    drawing.mock.restore();
    syncBuiltinESMExports();
  }
});
