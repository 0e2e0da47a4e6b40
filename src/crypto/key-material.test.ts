import * as assert from "node:assert/strict";
import { test } from "node:test";
import { format, inspect } from "node:util";
import { KeyMaterial } from "./key-material.ts";

const secret = "0123456789abcdef0123456789ABCDEF";
const fresh = (): KeyMaterial => new KeyMaterial(Buffer.from(secret));

test("key material never prints, whatever tries", () => {
  const material = fresh();
  const holder = { material, list: [material], map: new Map([["a", material]]) };
  const printed = [
    String(material),
    `${JSON.stringify(holder)}`,
    inspect(holder, { depth: 9, showHidden: true, getters: false }),
    format("%s %o %O %j", material, material, material, material),
    String(Object.entries(material)),
    JSON.stringify({ ...material }),
    new Error("failed", { cause: material }).toString(),
    inspect(new Error("failed", { cause: material })),
  ].join("\n");
  const bytes = Buffer.from(secret);
  const forms = [secret, bytes.toString("hex"), bytes.toString("base64"), "30 31 32", "48, 49, 50"];
  for (const form of forms) assert.ok(!printed.includes(form), form);
});

test("dispose wipes the bytes", () => {
  const bytes = Buffer.from(secret);
  new KeyMaterial(bytes)[Symbol.dispose]();
  assert.ok(bytes.every((byte) => byte === 0));
});

test("disposed material refuses every use: zeros are a key that everybody knows", () => {
  const material = fresh();
  material[Symbol.dispose]();
  assert.throws(() => material.use((bytes) => bytes), TypeError);
  assert.throws(() => material.idFor("key"), TypeError);
  assert.doesNotThrow(() => material[Symbol.dispose]());
});

test("a material's id depends on its bytes and on the key, and on nothing else", () => {
  const id = fresh().idFor("key-1");
  assert.match(id, /^[0-9a-f]{64}$/);
  assert.equal(fresh().idFor("key-1"), id);
  assert.notEqual(fresh().idFor("key-2"), id);
  assert.notEqual(new KeyMaterial(Buffer.alloc(32)).idFor("key-1"), id);
});
