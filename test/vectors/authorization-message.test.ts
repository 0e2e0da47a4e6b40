import * as assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { test } from "node:test";
import {
  openAuthorizationMessage,
  sealAuthorizationMessage,
} from "../../src/api/authorization-message.ts";
import { Domain } from "../../src/keystore/domain.ts";

interface Vector {
  readonly domainKey: string;
  readonly account: string;
  readonly epoch: number;
  readonly message: string;
  readonly encoded: string;
}

const file = new URL("./authorization-message-v1.json", import.meta.url);
const { account, domainKey, encoded, epoch, message } = JSON.parse(
  readFileSync(file, "utf8"),
) as Vector;
const domainOf = (owner: string): Domain =>
  new Domain({ account: owner, region: "aws-global", epoch }, Buffer.from(domainKey, "hex"));
const domain = domainOf(account);
const refused = { code: "InvalidAuthorizationMessageException" };

test("authorization message v1 opens for its account, and for no other", () => {
  assert.equal(openAuthorizationMessage(domain, encoded), message);
  assert.throws(() => openAuthorizationMessage(domainOf("444455556666"), encoded), refused);
});

test("a new authorization message opens to what was sealed, without its padding", () => {
  const made = sealAuthorizationMessage(domain, `${message}   `);
  assert.notEqual(made, encoded);
  assert.equal(openAuthorizationMessage(domain, made), message);
});

test("what is wrapped for another purpose is no authorization message", () => {
  const wrapped = domain.wrap(["session-token", "ASIAABCDEFGHIJKLMNOP"], Buffer.from(message));
  const other = Buffer.concat([Buffer.of(1), wrapped]).toString("base64url");
  assert.throws(() => openAuthorizationMessage(domain, other), refused);
});

test("no mutation of an authorization message opens, and none fails in another way", () => {
  const bytes = Buffer.from(encoded, "base64url");
  for (let bit = 0; bit < bytes.length * 8; bit++) {
    const changed = Buffer.from(bytes);
    changed[bit >> 3] = (changed[bit >> 3] ?? 0) ^ (1 << (bit & 7));
    assert.throws(() => openAuthorizationMessage(domain, changed.toString("base64url")), refused);
  }
  for (let length = 0; length < encoded.length; length++)
    assert.throws(() => openAuthorizationMessage(domain, encoded.slice(0, length)), refused);
});

test("an authorization message has one spelling", () => {
  for (const padding of ["", " ", "  "]) {
    const made = sealAuthorizationMessage(domain, message + padding);
    const others = [` ${made}`, `${made}\n`, `${made}=`, made.replaceAll("-", "+")];
    const letters = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_";
    const last = letters.indexOf(made.at(-1) ?? "");
    if (made.length % 4 !== 0) others.push(made.slice(0, -1) + letters[last + 1]);
    for (const other of others.filter((each) => each !== made))
      assert.throws(() => openAuthorizationMessage(domain, other), refused, other);
  }
});
