import * as assert from "node:assert/strict";
import { describe, test } from "node:test";
import { IntegrityError } from "../../base/errors.ts";
import { pieceBytes, sealObject } from "../../crypto/object-cipher.ts";
import { randomBytes } from "../../crypto/random.ts";
import { KeysInUse, objectBytes } from "./object-bytes.ts";
import type { ByteRange, ObjectStore } from "./store/object-store.ts";
import { Places } from "./store/places.ts";

const size = 3 * pieceBytes;
const plain = randomBytes(size);
const object = {
  ...{ bucket: "b", key: "k", fileId: "f", size, elsewhere: false },
  encryption: { kind: "AES256", wrappedKey: new Uint8Array() },
} as const;
const places = new Places(new Map(), () => undefined);

/** A store that holds one object, and tells how many files are open. */
function storeOf(sealed: Uint8Array): ObjectStore & { opened: number } {
  const store = {
    opened: 0,
    write: () => Promise.reject(new Error("nothing is written")),
    older: () => {
      throw new Error("nothing is swept");
    },
    remove: () => Promise.reject(new Error("nothing is removed")),
    async open(_id: string, { from }: ByteRange) {
      store.opened += 1;
      let position = from;
      return {
        length: sealed.length,
        async read(bytes: number) {
          position += bytes;
          return sealed.subarray(position - bytes, position);
        },
        async close() {
          store.opened -= 1;
        },
      };
    },
  };
  return store;
}

describe("the bytes of an object that are being sent", () => {
  test("end with its key wiped and its file closed", async () => {
    const key = randomBytes(32);
    const store = storeOf(sealObject(key, plain));
    const range = { from: 0, to: size };
    const { pieces } = objectBytes(object, range, key, {
      store,
      places,
      keysInUse: new KeysInUse(),
    });
    const sent: Uint8Array[] = [];
    for await (const piece of pieces()) sent.push(piece);
    assert.deepEqual(Buffer.concat(sent), plain);
    assert.deepEqual(key, Buffer.alloc(32));
    assert.equal(store.opened, 0);
  });

  test("end the same way when the client goes", async () => {
    const key = randomBytes(32);
    const store = storeOf(sealObject(key, plain));
    const range = { from: 0, to: size };
    const stores = { store, places, keysInUse: new KeysInUse() };
    for await (const _ of objectBytes(object, range, key, stores).pieces()) break;
    assert.deepEqual(key, Buffer.alloc(32));
    assert.equal(store.opened, 0);
  });

  test("end at once when the deployment is sealed", async () => {
    const key = randomBytes(32);
    const store = storeOf(sealObject(key, plain));
    const keysInUse = new KeysInUse();
    const range = { from: 0, to: size };
    const sending = objectBytes(object, range, key, { store, places, keysInUse }).pieces();
    const sender = sending[Symbol.asyncIterator]();
    assert.equal((await sender.next()).done, false);
    keysInUse.wipe();
    assert.deepEqual(key, Buffer.alloc(32));
    await assert.rejects(sender.next(), (error: unknown) => {
      assert.ok(error instanceof IntegrityError);
      // Whoever reads the log learns of which object it speaks.
      assert.equal(error.message, "the object b/k is not as it was stored");
      return true;
    });
    assert.equal(store.opened, 0);
  });
});
