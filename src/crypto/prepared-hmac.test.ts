import * as assert from "node:assert/strict";
import { createHmac } from "node:crypto";
import { test } from "node:test";
import * as fc from "fast-check";
import { MessageHmac, PreparedHmac } from "./prepared-hmac.ts";

// RFC 4231, section 4: the cases whose data is text and whose MAC is whole.
const published: readonly (readonly [key: Uint8Array, text: string, mac: string])[] = [
  [
    Buffer.alloc(20, 0x0b),
    "Hi There",
    "b0344c61d8db38535ca8afceaf0bf12b881dc200c9833da726e9376c2e32cff7",
  ],
  [
    Buffer.from("Jefe"),
    "what do ya want for nothing?",
    "5bdcc146bf60754e6a042426089575c75a003f089d2739839dec58b964ec3843",
  ],
  [
    Buffer.alloc(131, 0xaa),
    "Test Using Larger Than Block-Size Key - Hash Key First",
    "60e431591ee0b67f0d8a26aacbf5b77f8e0bc6213728c5140546040f0ee37f54",
  ],
  [
    Buffer.alloc(131, 0xaa),
    "This is a test using a larger than block-size key and a larger than block-size data. The key needs to be hashed before being used by the HMAC algorithm.",
    "9b09ffa71b942fcb27635fbcd5b0e944bfdc63644f0713938a7f51535c3a35e2",
  ],
];

for (const [key, text, mac] of published)
  test(`RFC 4231: "${text.slice(0, 30)}" under ${key.length} bytes`, () =>
    assert.equal(new PreparedHmac(key).digest(text).toString("hex"), mac));

test("one key authenticates messages of any length and alphabet as OpenSSL does", () => {
  const text = fc.oneof(
    fc.string({ unit: "binary" }),
    fc.string({ minLength: 240, maxLength: 900 }),
  );
  fc.assert(
    fc.property(fc.uint8Array({ maxLength: 200 }), fc.array(text), (key, texts) => {
      const prepared = new PreparedHmac(key);
      for (const each of texts)
        assert.deepEqual(prepared.digest(each), createHmac("sha256", key).update(each).digest());
    }),
  );
});

test("a message written in place has OpenSSL's MAC, as a public one and as a key, whole or from its begin", () => {
  const lengths = fc.tuple(fc.nat({ max: 300 }), fc.nat({ max: 300 }));
  fc.assert(
    fc.property(fc.uint8Array({ maxLength: 64 }), lengths, (key, [longest, part]) => {
      using hmac = new MessageHmac(key, longest);
      hmac.message.fill(7);
      const macOf = (length: number): Buffer =>
        createHmac("sha256", key).update(Buffer.alloc(length, 7)).digest();
      const length = Math.min(part, longest);
      const target = Buffer.alloc(64);
      hmac.write(target, 0);
      hmac.write(target, 32, length);
      assert.deepEqual(target, Buffer.concat([macOf(longest), macOf(length)]));
      const asKey = Buffer.alloc(32);
      hmac.writeKey(asKey);
      assert.deepEqual(asKey, macOf(longest));
    }),
  );
});

test("disposed, it holds neither key nor message", () => {
  const hmac = new MessageHmac(Buffer.alloc(32, 9), 40);
  hmac.message.fill(7);
  hmac[Symbol.dispose]();
  assert.ok(new Uint8Array(hmac.message.buffer).every((byte) => byte === 0));
});
