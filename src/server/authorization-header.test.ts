import * as assert from "node:assert/strict";
import { test } from "node:test";
import { knownCredential, parseAuthorization, readTime } from "./authorization-header.ts";

const credential = "AKIDEXAMPLE/20150830/us-east-1/kms/aws4_request";
const beginning = `AWS4-HMAC-SHA256 Credential=${credential}, SignedHeaders=host;x-amz-date, Signature=`;
const dated = new Map([["x-amz-date", "20150830T123600Z"]]);

test("of a header like one before, the signature is its own", () => {
  for (const signature of ["0".repeat(64), "f".repeat(64), "F".repeat(64), "0".repeat(63), "x"])
    assert.deepEqual(parseAuthorization(beginning + signature, dated), {
      credential,
      signature,
      signedHeaders: ["host", "x-amz-date"],
    });
  assert.throws(() => parseAuthorization(`${beginning}a,b`, dated), /key=value/);
});

test("a header like one before is refused without a date, and with more behind it", () => {
  const text = beginning + "0".repeat(64);
  parseAuthorization(text, dated);
  assert.throws(() => parseAuthorization(text, new Map()), /requires existence of either/);
  const longer = `${text}, Signature=${"0".repeat(64)}`;
  for (let time = 0; time < 2; time++)
    assert.throws(() => parseAuthorization(longer, dated), /each once/);
});

test("a credential is known once a header with it was read, and with no other beginning", () => {
  const mine = `AWS4-HMAC-SHA256 Credential=MINE/20150830/us-east-1/kms/aws4_request, SignedHeaders=host, Signature=`;
  const other = mine.replace("MINE", "OTHER");
  const signed = (begin: string, digit: string): string => begin + digit.repeat(64);
  assert.equal(knownCredential(signed(mine, "0")), undefined);
  parseAuthorization(signed(mine, "0"), dated);
  for (const digit of ["0", "1", "0"]) {
    assert.equal(knownCredential(signed(mine, digit)), "MINE/20150830/us-east-1/kms/aws4_request");
    assert.equal(knownCredential(signed(other, digit)), undefined);
    assert.equal(knownCredential(`${signed(mine, digit)}0`), undefined);
  }
});

test("a date that is none is refused every time", () => {
  for (let time = 0; time < 2; time++)
    assert.throws(() => readTime(new Map([["x-amz-date", "20150230T123600Z"]])), /ISO-8601/);
});
