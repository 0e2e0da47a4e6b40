import * as assert from "node:assert/strict";
import { randomBytes } from "node:crypto";
import { join } from "node:path";
import { DatabaseSync } from "node:sqlite";
import { test } from "node:test";
import type { KMS } from "@aws-sdk/client-kms";
import { importBytes, importedKey } from "../conformance/import-support.ts";
import { connect, hour, openServer, refused } from "../conformance/support.ts";
import type { TestServer } from "../support/keywright.ts";

type Row = Readonly<Record<string, string | number | Uint8Array | null>>;

function open(server: TestServer): DatabaseSync {
  return new DatabaseSync(join(server.folder, "keywright.db"));
}

function rowsOf(server: TestServer, table: string, keyId: string): readonly Row[] {
  using database = open(server);
  const query = database.prepare(`SELECT * FROM ${table} WHERE key_id = ?`);
  return query.all(keyId) as unknown as readonly Row[];
}

function put(server: TestServer, table: string, rows: readonly Row[]): void {
  using database = open(server);
  for (const row of rows) {
    const names = Object.keys(row);
    const marks = names.map(() => "?").join(", ");
    const statement = `INSERT OR REPLACE INTO ${table} (${names.join(", ")}) VALUES (${marks})`;
    database.prepare(statement).run(...Object.values(row));
  }
}

/** A service that keeps no key in memory: what is put into the database is what it reads. */
async function fresh(): Promise<{ readonly server: TestServer; readonly kms: KMS }> {
  const server = await openServer(undefined, [["--key-cache", "0"]]);
  return { server, kms: connect(server) };
}

const internal = async (call: Promise<unknown>): Promise<void> =>
  assert.rejects(call, { name: "KMSInternalException" });

test("a row of material that was deleted cannot be put back", async () => {
  const { server, kms } = await fresh();
  const key = await importedKey(kms);
  const before = rowsOf(server, "key_materials", key.id);
  await kms.deleteImportedKeyMaterial({ KeyId: key.id });
  put(server, "key_materials", before);
  await internal(kms.describeKey({ KeyId: key.id }));
});

test("a key put back whole, with the material that it had, is refused by the service that deleted it", async () => {
  const { server, kms } = await fresh();
  const key = await importedKey(kms);
  const { CiphertextBlob } = await kms.encrypt({ KeyId: key.id, Plaintext: Buffer.of(1) });
  const materials = rowsOf(server, "key_materials", key.id);
  const keys = rowsOf(server, "keys", key.id);
  await kms.deleteImportedKeyMaterial({ KeyId: key.id });
  put(server, "key_materials", materials);
  put(server, "keys", keys);
  await internal(kms.decrypt({ CiphertextBlob }));
  await assert.rejects(server.restart(), /rows were put back from an older copy/);
});

test("the end of a material's validity can be neither moved nor removed, nor that of its key", async () => {
  for (const [table, column, later] of [
    ["key_materials", "imported", (end: number) => `{"validTo":${end + 1}}`],
    ["key_materials", "imported", () => null],
    ["keys", "material_expiry", (end: number) => end + 1],
    ["keys", "material_expiry", () => null],
  ] as const) {
    const { server, kms } = await fresh();
    const ValidTo = new Date(Date.now() + hour);
    const key = await importedKey(kms, {}, { ValidTo });
    const [row] = rowsOf(server, table, key.id);
    assert.ok(row !== undefined);
    assert.match(String(row[column]), new RegExp(String(ValidTo.getTime())));
    put(server, table, [{ ...row, [column]: later(ValidTo.getTime()) }]);
    await internal(kms.describeKey({ KeyId: key.id }));
  }
});

test("material that waits cannot be moved into force, nor material exchanged for another key's", async () => {
  const { server, kms } = await fresh();
  const [key, other] = [await importedKey(kms), await importedKey(kms)];
  await importBytes(kms, key.id, randomBytes(32), { ImportType: "NEW_KEY_MATERIAL" });
  const waiting = rowsOf(server, "key_materials", key.id).filter(
    (row) => row["material_id"] !== key.material,
  );
  put(
    server,
    "key_materials",
    waiting.map((row) => ({ ...row, imported: "{}" })),
  );
  await internal(kms.describeKey({ KeyId: key.id }));
  const [theirs] = rowsOf(server, "key_materials", other.id);
  const [keyRow] = rowsOf(server, "keys", other.id);
  assert.ok(theirs !== undefined && keyRow !== undefined);
  const third = await importedKey(kms);
  const [own] = rowsOf(server, "key_materials", third.id);
  assert.ok(own?.["wrapped"] instanceof Uint8Array && theirs["wrapped"] instanceof Uint8Array);
  put(server, "key_materials", [{ ...own, wrapped: theirs["wrapped"] }]);
  await internal(kms.describeKey({ KeyId: third.id }));
});

test("a deletion that was acknowledged holds for every call after it", async () => {
  const { kms } = await fresh();
  const key = await importedKey(kms);
  const KeyId = key.id;
  for (let round = 0; round < 10; round++) {
    const busy = Array.from({ length: 8 }, () =>
      kms.encrypt({ KeyId, Plaintext: Buffer.of(1) }).catch(() => undefined),
    );
    await kms.deleteImportedKeyMaterial({ KeyId });
    await refused(
      kms.encrypt({ KeyId, Plaintext: Buffer.of(1) }),
      "KMSInvalidStateException",
      `${key.arn} is pending import.`,
    );
    await Promise.all(busy);
    await importBytes(kms, KeyId, key.bytes);
  }
});
