import * as assert from "node:assert/strict";
import { test } from "node:test";
import { IntegrityError, OperatorError } from "../../base/errors.ts";
import { passphraseRootSource } from "./passphrase.ts";
import type { RootSource } from "./source.ts";

const name = { deployment: "deployment-1", version: 1 };
const rootKey = Buffer.alloc(32, 1);
const cost = { memory: 64 * 1024, passes: 3, lanes: 1 };
const passphrase = "correct horse battery staple";
const source = (text = passphrase): RootSource =>
  passphraseRootSource(async () => Buffer.from(text), cost);
const wrapped = await source().wrap(name, rootKey);

test("a root key unwraps with its own passphrase, deployment and version only", async () => {
  assert.deepEqual(await source().unwrap(name, wrapped), rootKey);
  await assert.rejects(source(`${passphrase} `).unwrap(name, wrapped), IntegrityError);
  for (const other of [
    { ...name, deployment: "deployment-2" },
    { ...name, version: 2 },
  ])
    await assert.rejects(source().unwrap(other, wrapped), IntegrityError);
});

test("two wrappings of one root key share nothing but their format and cost", async () => {
  const again = await source().wrap(name, rootKey);
  assert.deepEqual(again.subarray(0, 13), wrapped.subarray(0, 13));
  assert.notDeepEqual(again.subarray(13, 29), wrapped.subarray(13, 29));
});

test("a changed bit anywhere, the stored cost included, does not unwrap", async () => {
  const bits = [0, 8 * 3 + 5, 8 * 8, 8 * 12 + 6, 8 * 13, 8 * 29, 8 * 61, wrapped.length * 8 - 1];
  for (const bit of bits) {
    const other = Buffer.from(wrapped);
    other[bit >> 3] = (other[bit >> 3] ?? 0) ^ (0x80 >> (bit & 7));
    await assert.rejects(source().unwrap(name, other), IntegrityError, `bit ${bit}`);
  }
  await assert.rejects(source().unwrap(name, wrapped.subarray(0, 20)), IntegrityError);
});

test("a stored cost that would make guessing cheap or take all memory is refused before it is paid", async () => {
  for (const [at, value] of [
    [1, 64 * 1024 - 1],
    [1, 4 * 1024 * 1024 + 1],
    [5, 2],
    [5, 65],
    [9, 0],
    [9, 17],
  ] as const) {
    const other = Buffer.from(wrapped);
    other.writeUInt32BE(value, at);
    await assert.rejects(source().unwrap(name, other), /out of bounds/);
  }
});

test("the usual cost is 256 MiB and three passes", async () => {
  const made = await passphraseRootSource(async () => Buffer.from(passphrase)).wrap(name, rootKey);
  assert.deepEqual(
    [1, 5, 9].map((at) => made.readUInt32BE(at)),
    [256 * 1024, 3, 1],
  );
});

test("a passphrase that could be guessed is not taken", async () => {
  await assert.rejects(source("fourteen bytes").wrap(name, rootKey), OperatorError);
  await assert.doesNotReject(source("fifteen letters").wrap(name, rootKey));
});

test("the passphrase is asked for once, and wiped when the source is closed", async () => {
  const given = Buffer.from(passphrase);
  let asked = 0;
  const once = passphraseRootSource(async () => {
    asked++;
    return given;
  }, cost);
  await once.unwrap(name, await once.wrap(name, rootKey));
  assert.equal(asked, 1);
  assert.equal(given.toString(), passphrase);
  await once.close();
  assert.deepEqual(given, Buffer.alloc(given.length));
});
