import * as assert from "node:assert/strict";
import { test } from "node:test";
import { inspect } from "node:util";
import { IntegrityError } from "../base/errors.ts";
import type { DomainId } from "./domain.ts";
import { createDomain, Domain, openDomain } from "./domain.ts";
import { RootKey } from "./root.ts";

const root = RootKey.generate();
const id: DomainId = { account: "111122223333", region: "us-east-1", epoch: 1 };
const others: readonly DomainId[] = [
  { ...id, account: "444455556666" },
  { ...id, region: "us-east-2" },
  { ...id, epoch: 2 },
  // The parts cannot run into each other.
  { account: "1", region: "us-east-111122223333", epoch: 1 },
];

test("a domain opens again from its wrapped key, with the same sub-keys", () => {
  const { domain, wrapped } = createDomain(root, id);
  const again = openDomain(root, id, wrapped);
  assert.deepEqual(again.rowKey, domain.rowKey);
  const secret = Buffer.from("secret");
  assert.deepEqual(again.unwrap(["a"], domain.wrap(["a"], secret)), secret);
  assert.deepEqual(again.tokenMac(secret), domain.tokenMac(secret));
});

test("a wrapped domain key opens for its own account, region, epoch and root key only", () => {
  const { wrapped } = createDomain(root, id);
  for (const other of others) assert.throws(() => openDomain(root, other, wrapped), IntegrityError);
  assert.throws(() => openDomain(RootKey.generate(), id, wrapped), IntegrityError);
});

test("a secret wrapped in one domain does not unwrap in another, even if both had the same key", () => {
  const key = Buffer.alloc(32, 3);
  const wrapped = new Domain(id, key).wrap(["material", "key-1"], Buffer.from("secret"));
  assert.doesNotThrow(() => new Domain(id, key).unwrap(["material", "key-1"], wrapped));
  for (const other of others)
    assert.throws(
      () => new Domain(other, key).unwrap(["material", "key-1"], wrapped),
      IntegrityError,
    );
});

test("the sub-keys of a domain differ from each other and from its key", () => {
  const key = Buffer.alloc(32, 3);
  const { rowKey, ...domain } = { rowKey: new Domain(id, key).rowKey, key };
  assert.notDeepEqual(rowKey, domain.key);
  assert.notDeepEqual(new Domain(id, rowKey as Buffer).rowKey, rowKey);
});

test("a domain never prints its keys", () => {
  const { domain } = createDomain(root, id);
  const printed = inspect({ domain }, { depth: 9, showHidden: true }) + JSON.stringify({ domain });
  const rowKey = Buffer.from(domain.rowKey);
  for (const form of [rowKey.toString("hex"), rowKey.toString("base64"), inspect(rowKey)])
    assert.ok(!printed.includes(form));
});
