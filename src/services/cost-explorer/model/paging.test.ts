import * as assert from "node:assert/strict";
import { test } from "node:test";
import { AwsError } from "../../../base/errors.ts";
import { pageOf } from "./paging.ts";

const account = "111122223333";
const all = Array.from({ length: 7 }, (_, index) => index);
type Request = Parameters<typeof pageOf>[1] & Readonly<Record<string, unknown>>;
const request: Request = { Metrics: ["UnblendedCost"], Filter: { Tags: { Key: "team" } } };

test("pages follow one another without a gap, and the last one has no token", () => {
  const found: number[] = [];
  let token: string | undefined;
  do {
    const asked = token === undefined ? request : { ...request, NextPageToken: token };
    const { page, next } = pageOf(all, asked, account, 3);
    found.push(...page);
    token = next.NextPageToken;
  } while (token !== undefined);
  assert.deepEqual(found, all);
});

test("what fits into one page has no token", () => {
  assert.deepEqual(pageOf(all, request, account, 7), { page: all, next: {} });
  assert.deepEqual(pageOf([], request, account, 7), { page: [], next: {} });
});

function refusedWith(token: string, of: Request = request, who = account): string {
  try {
    pageOf(all, { ...of, NextPageToken: token }, who, 3);
  } catch (error) {
    if (error instanceof AwsError) return error.code;
    throw error;
  }
  return "";
}

test("a token is refused in another request, for another account, and when it is none", () => {
  const token = pageOf(all, request, account, 3).next.NextPageToken ?? "";
  assert.equal(refusedWith(token), "");
  assert.equal(refusedWith(token, { ...request, Metrics: ["Usage"] }), "RequestChangedException");
  assert.equal(refusedWith(token, request, "444455556666"), "RequestChangedException");
  const forged = Buffer.from('["x",-1]').toString("base64url");
  for (const bad of ["", "nonsense", forged])
    assert.equal(refusedWith(bad), "InvalidNextTokenException", bad);
});
