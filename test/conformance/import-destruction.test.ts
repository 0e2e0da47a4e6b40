import * as assert from "node:assert/strict";
import { randomBytes } from "node:crypto";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { DatabaseSync } from "node:sqlite";
import { afterEach, before, describe, test } from "node:test";
import type { KMS } from "@aws-sdk/client-kms";
import { KeyMaterial } from "../../src/crypto/key-material.ts";
import { filesIn } from "../support/files.ts";
import type { TestServer } from "../support/keywright.ts";
import { importBytes, importedKey } from "./import-support.ts";
import { connect, day, hour, openServer } from "./support.ts";

describe("imported material that is deleted is gone", () => {
  let server: TestServer;
  let kms: KMS;
  before(async () => {
    server = await openServer();
    kms = connect(server);
  });
  const dispose = KeyMaterial.prototype[Symbol.dispose];
  afterEach(() => {
    KeyMaterial.prototype[Symbol.dispose] = dispose;
    server.clock.offset = 0;
    kms = connect(server);
  });
  const encrypt = (KeyId: string) => kms.encrypt({ KeyId, Plaintext: Buffer.of(1) });
  const pass = async (hours: number): Promise<void> => {
    server.clock.offset += hours * hour;
    kms = connect(server);
    await server.sweep();
  };
  const wrappedOf = (keyId: string): Uint8Array => {
    using database = new DatabaseSync(join(server.folder, "keywright.db"), { readOnly: true });
    const query = database.prepare("SELECT wrapped FROM key_materials WHERE key_id = ?");
    return query.get(keyId)?.["wrapped"] as Uint8Array;
  };
  /** Ids, for a key, of the materials whose bytes in memory are wiped from now on. */
  const watchWiping = (keyId: string): ReadonlySet<string> => {
    const wiped = new Set<string>();
    KeyMaterial.prototype[Symbol.dispose] = function (this: KeyMaterial) {
      wiped.add(this.idFor(keyId));
      dispose.call(this);
    };
    return wiped;
  };

  const ends = {
    DeleteImportedKeyMaterial: (KeyId: string) => kms.deleteImportedKeyMaterial({ KeyId }),
    "the end of its validity": () => pass(2),
    "the deletion of its key": async (KeyId: string) => {
      await kms.scheduleKeyDeletion({ KeyId, PendingWindowInDays: 7 });
      await pass((7 * day) / hour + 1);
    },
  };
  for (const [what, end] of Object.entries(ends))
    test(`${what} wipes the copy in memory, and the wrapped bytes from every file`, async () => {
      const ValidTo = new Date(Date.now() + hour);
      const key = await importedKey(kms, {}, { ValidTo });
      await encrypt(key.id);
      const wrapped = wrappedOf(key.id);
      assert.ok(wrapped.length > 32);
      const wiped = watchWiping(key.id);
      await end(key.id);
      assert.ok(wiped.has(key.material));
      const files = filesIn(server.folder).map(({ content }) => content);
      assert.ok(!files.some((content) => content.includes(wrapped.subarray(-48))));
    });

  test("a second import wraps the material anew: the former wrapping is in no file", async () => {
    const key = await importedKey(kms);
    const wrapped = wrappedOf(key.id);
    await importBytes(kms, key.id, key.bytes);
    assert.notDeepEqual(wrappedOf(key.id), wrapped);
    const files = ["keywright.db", "keywright.db-wal"].map((name) => join(server.folder, name));
    const contents = files.map((file) => readFileSync(file, { flag: "a+" }));
    assert.ok(contents.some((content) => content.includes(wrappedOf(key.id).subarray(-48))));
    assert.ok(!contents.some((content) => content.includes(wrapped.subarray(-48))));
  });

  test("the bytes that were sent are wiped once they are wrapped", async () => {
    const { id } = await importedKey(kms);
    const wiped = watchWiping(id);
    const next = await importBytes(kms, id, randomBytes(32), { ImportType: "NEW_KEY_MATERIAL" });
    assert.ok(wiped.has(String(next.KeyMaterialId)));
  });
});
