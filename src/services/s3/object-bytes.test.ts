import * as assert from "node:assert/strict";
import { describe, test } from "node:test";
import { IntegrityError } from "../../base/errors.ts";
import { pieceBytes, sealObject } from "../../crypto/object-cipher.ts";
import { randomBytes } from "../../crypto/random.ts";
import { KeysInUse, objectBytes } from "./object-bytes.ts";
import type { ObjectStore } from "./store/object-store.ts";

const size = 3 * pieceBytes;
const plain = randomBytes(size);

/** A store that holds one object, and tells how many files are open. */
function storeOf(sealed: Uint8Array): ObjectStore & { opened: number } {
  const store = {
    opened: 0,
    write: () => Promise.reject(new Error("nothing is written")),
    older: () => {
      throw new Error("nothing is swept");
    },
    remove: () => Promise.reject(new Error("nothing is removed")),
    async open() {
      store.opened += 1;
      return {
        read: async (from: number, bytes: number) => sealed.subarray(from, from + bytes),
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
    const { pieces } = objectBytes({ fileId: "f", size }, range, key, {
      store,
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
    const places = { store, keysInUse: new KeysInUse() };
    for await (const _ of objectBytes({ fileId: "f", size }, range, key, places).pieces()) break;
    assert.deepEqual(key, Buffer.alloc(32));
    assert.equal(store.opened, 0);
  });

  test("end at once when the deployment is sealed", async () => {
    const key = randomBytes(32);
    const store = storeOf(sealObject(key, plain));
    const keysInUse = new KeysInUse();
    const range = { from: 0, to: size };
    const sending = objectBytes({ fileId: "f", size }, range, key, { store, keysInUse }).pieces();
    const sender = sending[Symbol.asyncIterator]();
    assert.equal((await sender.next()).done, false);
    keysInUse.wipe();
    assert.deepEqual(key, Buffer.alloc(32));
    await assert.rejects(sender.next(), IntegrityError);
    assert.equal(store.opened, 0);
  });
});
