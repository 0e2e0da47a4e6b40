import * as assert from "node:assert/strict";
import { test } from "node:test";
import { Domain } from "../../keystore/domain.ts";
import { issueGrantToken, openGrantToken } from "./grant-token.ts";
import type { KmsKey } from "./model/key.ts";

const place = { account: "111122223333", region: "us-east-1" };
const keyId = "1234abcd-12ab-34cd-56ef-1234567890ab";
const grantId = "ab".repeat(32);
const domain = new Domain({ ...place, epoch: 0 }, Buffer.alloc(32, 1));
const domains = {
  find: async (account: string, region: string) =>
    account === place.account && region === place.region ? domain : undefined,
};
const key = { ...place, keyId, domain } as KmsKey; // A token is made of these members alone.

test("a token names its grant, and no two tokens are alike", async () => {
  const token = issueGrantToken(key, grantId);
  assert.deepEqual(await openGrantToken(token, domains), { ...place, keyId, grantId });
  assert.notEqual(issueGrantToken(key, grantId), token);
  assert.ok(token.length <= 8192);
});

test("a token with any bit changed, cut or extended is not valid", async () => {
  const bytes = Buffer.from(issueGrantToken(key, grantId), "base64");
  const wrong = [bytes.subarray(1), bytes.subarray(0, -1), Buffer.concat([bytes, Buffer.of(0)])];
  for (let bit = 0; bit < bytes.length * 8; bit++) {
    const changed = Buffer.from(bytes);
    changed[bit >> 3] = Number(changed[bit >> 3]) ^ (1 << (bit & 7));
    wrong.push(changed);
  }
  for (const each of wrong)
    await assert.rejects(openGrantToken(each.toString("base64"), domains), {
      name: "InvalidGrantTokenException",
    });
});

test("a token of another deployment is not valid", async () => {
  const stranger = new Domain({ ...place, epoch: 0 }, Buffer.alloc(32, 2));
  const token = issueGrantToken({ ...key, domain: stranger }, grantId);
  await assert.rejects(openGrantToken(token, domains), { name: "InvalidGrantTokenException" });
});
