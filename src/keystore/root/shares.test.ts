import * as assert from "node:assert/strict";
import { test } from "node:test";
import { IntegrityError, OperatorError } from "../../base/errors.ts";
import { parseShare } from "./share-text.ts";
import type { Combined } from "./shares.ts";
import {
  canSplit,
  createShares,
  mostShares,
  readShareSet,
  ShareCollection,
  sharesRootSource,
} from "./shares.ts";

const name = { deployment: "deployment-1", version: 1 };
const rootKey = Buffer.alloc(32, 1);
const { source, shares } = await createShares(name.deployment, 3, 5);
const wrapped = await source.wrap(name, rootKey);
const set = readShareSet(wrapped);
const typed = (text = ""): Buffer => Buffer.from(text);

/** The root key by these shares. */
async function open(given: readonly string[], of = name, bytes: Uint8Array = wrapped) {
  const collection = new ShareCollection(of.deployment, set);
  for (const share of given) collection.add(typed(share));
  const combined = await collection.combine();
  return sharesRootSource(async (): Promise<Combined> => combined).unwrap(of, bytes);
}

test("any three of five shares open the root key, in any order", async () => {
  for (let a = 0; a < 5; a++)
    for (let b = 0; b < 5; b++)
      for (let c = 0; c < 5; c++)
        if (a !== b && b !== c && a !== c)
          assert.deepEqual(
            await open([a, b, c].map((index) => shares[index] ?? "")),
            rootKey,
            `${a} ${b} ${c}`,
          );
});

test("two of three needed shares do not open it", async () => {
  await assert.rejects(open(shares.slice(0, 2)), IntegrityError);
});

test("every way of splitting that is allowed gives the secret back", async () => {
  for (const [threshold, count] of [
    [2, 2],
    [2, 16],
    [16, 16],
    [9, 16],
  ] as const) {
    const made = await createShares(name.deployment, threshold, count);
    const own = await made.source.wrap(name, rootKey);
    assert.equal(made.shares.length, count);
    const collection = new ShareCollection(name.deployment, readShareSet(own));
    for (const share of made.shares.slice(-threshold)) collection.add(typed(share));
    const combined = await collection.combine();
    assert.deepEqual(await sharesRootSource(async () => combined).unwrap(name, own), rootKey);
  }
});

test("a secret is split among two to sixteen people, and never held by one", () => {
  const allowed = [];
  for (let threshold = -1; threshold <= 18; threshold++)
    for (let count = -1; count <= 18; count++)
      if (canSplit(threshold, count)) allowed.push([threshold, count]);
  assert.ok(allowed.every(([k = 0, n = 0]) => k >= 2 && k <= n && n <= mostShares));
  assert.equal(allowed.length, 120);
});

test("a share is taken with or without dashes, in capitals, with o for 0 and l for 1", async () => {
  const careless = shares.map((share) =>
    share.toUpperCase().replaceAll("-", " ").replaceAll("0", "O").replaceAll("1", "L"),
  );
  // The 1 of the prefix is a letter of base32, too.
  const given = careless.map((text) => text.replace(/^KWL/, "kw1"));
  assert.deepEqual(await open(given.slice(0, 3)), rootKey);
  assert.deepEqual(await open(shares.slice(2).map((text) => text.replaceAll("-", ""))), rootKey);
});

test("every mistyped letter, exchanged pair and missing letter of a share is noticed", () => {
  const [share = ""] = shares;
  const collection = new ShareCollection(name.deployment, set);
  const refused = (text: string): void =>
    assert.throws(() => collection.add(typed(text)), /mistyped/, text);
  for (let at = 4; at < share.length; at++) {
    if (share[at] === "-") continue;
    for (const letter of "0123456789abcdefghjkmnpqrstvwxyzu!\u00e9")
      if (letter !== share[at]) refused(share.slice(0, at) + letter + share.slice(at + 1));
    refused(share.slice(0, at) + share.slice(at + 1));
    const next = share[at + 1] ?? "";
    if (next !== "-" && next !== "" && next !== share[at])
      refused(share.slice(0, at) + next + share[at] + share.slice(at + 2));
  }
  for (const text of ["", "kw1", `kw2${share.slice(3)}`, share + share]) refused(text);
});

test("a share of another deployment, or of another splitting, is refused", async () => {
  const elsewhere = await createShares("deployment-2", 3, 5);
  const renewed = await createShares(name.deployment, 3, 5);
  const collection = new ShareCollection(name.deployment, set);
  for (const [share] of [elsewhere.shares, renewed.shares])
    assert.throws(() => collection.add(typed(share)), /another deployment, or from before/);
});

test("a share counts once", () => {
  const collection = new ShareCollection(name.deployment, set);
  assert.deepEqual(collection.add(typed(shares[1])), { given: 1, needed: 3 });
  assert.throws(() => collection.add(typed(shares[1])), OperatorError);
  assert.deepEqual(collection.add(typed(shares[4])), { given: 2, needed: 3 });
  assert.deepEqual(collection.numbers, [2, 5]);
});

test("a forged share opens nothing, and whoever sees the refusal cannot tell which one it was", async () => {
  const forger = new ShareCollection(name.deployment, set);
  const honest = parseShare(typed(shares[0]));
  assert.ok(honest !== undefined);
  for (const share of shares.slice(1, 3)) forger.add(typed(share));
  const { formatShare } = await import("./share-text.ts");
  const forged = Buffer.from(honest.share);
  forged[0] = (forged[0] ?? 0) ^ 1;
  forger.add(typed(formatShare({ ...honest, share: forged })));
  const combined = await forger.combine();
  await assert.rejects(
    sharesRootSource(async () => combined).unwrap(name, wrapped),
    (error: unknown) => error instanceof IntegrityError && !/share \d/.test(error.message),
  );
  assert.deepEqual(forger.progress, { given: 0, needed: 3 });
});

test("two shares that claim the same place are refused, whatever numbers they bear", async () => {
  const { formatShare } = await import("./share-text.ts");
  const honest = parseShare(typed(shares[0]));
  assert.ok(honest !== undefined);
  const collection = new ShareCollection(name.deployment, set);
  for (const number of [1, 2, 3]) collection.add(typed(formatShare({ ...honest, number })));
  await assert.rejects(collection.combine(), OperatorError);
});

test("what the shares wrapped opens for its own deployment, version and set only, and no bit of it may differ", async () => {
  const three = shares.slice(0, 3);
  await assert.rejects(open(three, { ...name, version: 2 }), IntegrityError);
  for (let at = 0; at < wrapped.length; at++) {
    const other = Buffer.from(wrapped);
    other[at] = (other[at] ?? 0) ^ 0x10;
    await assert.rejects(open(three, name, other), IntegrityError, `byte ${at}`);
  }
});

test("the secret is wiped when the source is closed", async () => {
  const secret = Buffer.alloc(32, 7);
  const held = sharesRootSource(async () => ({ secret, set }));
  await held.wrap(name, rootKey);
  await held.close();
  assert.deepEqual(secret, Buffer.alloc(32));
});
