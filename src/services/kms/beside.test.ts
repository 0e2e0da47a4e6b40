import * as assert from "node:assert/strict";
import { test } from "node:test";
import { Elsewhere } from "../../api/elsewhere.ts";
import type { Service } from "../../api/registry.ts";
import type { KeySpec } from "../../crypto/key-spec.ts";
import { keySpecs } from "../../crypto/key-spec.ts";
import { kmsBeside, operationsBeside } from "./beside.ts";
import { operations } from "./operations.ts";

type Locate = Service["locate"];
const [demand, context, found] = [{}, {}, {}] as unknown as Parameters<Locate>;

/** Locates one key as a thread beside the main one does. */
function locate(key: object, input: object = {}) {
  const service = { locate: () => key } as unknown as Service;
  return kmsBeside(service).locate(demand, input, context as never, found as never);
}

test("symmetric keys are used beside the main thread; all others, custom key stores, recipients and grant tokens are the main thread's", async () => {
  for (const [name, { keyType }] of Object.entries(keySpecs)) {
    const key = { spec: name as KeySpec };
    if (keyType === "asymmetric") assert.throws(() => locate(key), Elsewhere, name);
    else assert.equal(locate(key), key, name);
  }
  const key = { spec: "SYMMETRIC_DEFAULT" };
  assert.throws(() => locate({ ...key, customStore: { storeId: "cks-1" } }), Elsewhere);
  assert.throws(() => locate(key, { Recipient: {} }), Elsewhere);
  assert.throws(() => locate(key, { GrantTokens: ["token"] }), Elsewhere);
  assert.equal(locate(key, { GrantTokens: [] }), key);
  await assert.rejects(async () => locate(Promise.resolve({ spec: "RSA_2048" })), Elsewhere);
});

test("what is done beside the main thread uses keys, changes nothing, and asks for no other thing", () => {
  for (const name of operationsBeside) {
    const operation = operations.find((each) => each.name === name);
    assert.ok(operation !== undefined, name);
    assert.ok(operation.readOnly, name);
    const demands = Object.values(operation.keys);
    assert.ok(demands.length > 0, name);
    for (const each of demands)
      assert.ok(!("asksForUsage" in each) && !("createsManagedKey" in each), name);
  }
});
