import * as assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { test } from "node:test";
import { Domain } from "../../src/keystore/domain.ts";
import type { SessionContent } from "../../src/services/sts/session-token.ts";
import { openSessionToken, sealSessionToken } from "../../src/services/sts/session-token.ts";

interface Vector {
  readonly domainKey: string;
  readonly account: string;
  readonly epoch: number;
  readonly accessKeyId: string;
  readonly secret: string;
  readonly content: SessionContent;
  readonly token: string;
}

const file = new URL("./session-token-v1.json", import.meta.url);
const vector = JSON.parse(readFileSync(file, "utf8")) as Vector;
const { accessKeyId, account, content, epoch, secret, token } = vector;
const opened = { account, secret: Buffer.from(secret), content };
const domainOf = (owner: string): Domain =>
  new Domain({ account: owner, region: "aws-global", epoch }, Buffer.from(vector.domainKey, "hex"));
const identities = { findDomain: (owner: string) => Promise.resolve(domainOf(owner)) };

test("session token v1 opens for its access key", async () => {
  assert.deepEqual(await openSessionToken(token, accessKeyId, identities), opened);
});

test("a new token opens to what it was made of", async () => {
  const made = sealSessionToken(domainOf(account), accessKeyId, secret, content);
  assert.notEqual(made, token);
  assert.deepEqual(await openSessionToken(made, accessKeyId, identities), opened);
});

test("a session token opens for no other access key, and with no other account's keys", async () => {
  const other = "ASIAABCDEFGHIJKLMNOQ";
  assert.equal(await openSessionToken(token, other, identities), undefined);
  const foreign = Buffer.from(token, "base64");
  foreign.write("444455556666", 1, "latin1");
  assert.equal(
    await openSessionToken(foreign.toString("base64"), accessKeyId, identities),
    undefined,
  );
  const none = { findDomain: () => Promise.resolve(undefined) };
  assert.equal(await openSessionToken(token, accessKeyId, none), undefined);
});

test("no mutation of a session token opens, and none fails in another way", async () => {
  const bytes = Buffer.from(token, "base64");
  const refuse = async (changed: Uint8Array): Promise<void> =>
    assert.equal(
      await openSessionToken(Buffer.from(changed).toString("base64"), accessKeyId, identities),
      undefined,
    );
  for (let bit = 0; bit < bytes.length * 8; bit++) {
    const changed = Buffer.from(bytes);
    changed[bit >> 3] = (changed[bit >> 3] ?? 0) ^ (1 << (bit & 7));
    await refuse(changed);
  }
  for (let length = 0; length < bytes.length; length++) await refuse(bytes.subarray(0, length));
});

test("a session token has one spelling", async () => {
  for (const name of ["", "a", "ab", "abc"]) {
    const made = sealSessionToken(domainOf(account), accessKeyId, secret, { ...content, name });
    assert.ok(await openSessionToken(made, accessKeyId, identities));
    const others = [` ${made}`, `${made}\n`, made.replaceAll("=", ""), made.replaceAll("+", "-")];
    for (const other of [...others, unusedBitSet(made)].filter((each) => each !== made))
      assert.equal(await openSessionToken(other, accessKeyId, identities), undefined, other);
  }
});

/** Base64 whose last character has one bit more, which stands for no bit of the bytes. */
function unusedBitSet(text: string): string {
  const letters = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
  if (!text.endsWith("=")) return text;
  return text.replace(/.(?==+$)/, (last) => letters[letters.indexOf(last) + 1] ?? last);
}
