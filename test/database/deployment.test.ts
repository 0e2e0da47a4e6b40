import * as assert from "node:assert/strict";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after } from "node:test";
import { IntegrityError, OperatorError } from "../../src/base/errors.ts";
import { generateSigningKey, signEd25519, verifyEd25519 } from "../../src/crypto/signature.ts";
import { WriteConflict } from "../../src/database/commit.ts";
import type { Database } from "../../src/database/database.ts";
import { readRows } from "../../src/database/database.ts";
import { createDeployment, openDeployment } from "../../src/database/deployment.ts";
import { Domains } from "../../src/database/domains.ts";
import { migrate } from "../../src/database/migrate.ts";
import {
  columnsOf,
  createSealedTable,
  deleteRow,
  insertRow,
  openRow,
  sealedTable,
  updateRow,
} from "../../src/database/sealed-row.ts";
import type { SqlValue } from "../../src/database/sql.ts";
import { sql } from "../../src/database/sql.ts";
import { databaseMigrations } from "../../src/database/tables.ts";
import { createRootFile, fileRootSource } from "../../src/keystore/root/file.ts";
import { RootKey } from "../../src/keystore/root.ts";
import { onEveryEngine } from "../support/engines.ts";

const folder = mkdtempSync(join(tmpdir(), "keywright-deployment-"));
after(() => rmSync(folder, { recursive: true, force: true }));
for (const name of ["own.key", "other.key"]) createRootFile(join(folder, name));
const own = fileRootSource(join(folder, "own.key"));
const other = fileRootSource(join(folder, "other.key"));

onEveryEngine(
  "a deployment opens with its own root key, and its signing key signs",
  async (database) => {
    await migrate(database, databaseMigrations);
    await createDeployment(database, [own], new Date(0));
    const { id, auditPublicKey, auditPrivateKey } = await openDeployment(database, [own]);
    assert.match(id, /^[0-9a-f-]{36}$/);
    const message = Buffer.from("message");
    assert.ok(verifyEd25519(auditPublicKey, message, signEd25519(auditPrivateKey(), message)));
  },
);

onEveryEngine(
  "another root key, or none, or an empty database is the operator's to mend",
  async (database) => {
    await migrate(database, databaseMigrations);
    await assert.rejects(openDeployment(database, [own]), OperatorError);
    await createDeployment(database, [own], new Date(0));
    await assert.rejects(openDeployment(database, [other]), OperatorError);
    await assert.rejects(openDeployment(database, []), OperatorError);
    await assert.rejects(createDeployment(database, [own], new Date(0)), WriteConflict);
  },
);

onEveryEngine(
  "a deployment whose name, keys or root key were exchanged does not open",
  async (database) => {
    await migrate(database, databaseMigrations);
    const { publicKey } = generateSigningKey();
    const foreign = await RootKey.generate().wrapUnder(own, "other");
    const edits = [
      sql`UPDATE deployment SET deployment_id = ${"other"}`,
      sql`UPDATE deployment SET created_at = ${1}`,
      sql`UPDATE deployment SET audit_public_key = ${publicKey}`,
      sql`UPDATE deployment SET audit_private_key = ${publicKey}`,
      sql`UPDATE deployment SET mac = ${Buffer.alloc(32)}`,
      sql`UPDATE root_keys SET wrapped = ${foreign}`,
      sql`UPDATE root_keys SET version = ${2}`,
      sql`UPDATE root_keys SET source = ${"other"}`,
    ];
    for (const statement of edits) {
      await createDeployment(database, [own], new Date(0));
      await assert.doesNotReject(openDeployment(database, [own]));
      await database.apply([{ statement, rows: 1 }]);
      const refused = (error: unknown): boolean =>
        error instanceof OperatorError || error instanceof IntegrityError;
      await assert.rejects(openDeployment(database, [own]), refused);
      await database.apply(
        [sql`DELETE FROM deployment`, sql`DELETE FROM root_keys`].map((each) => ({
          statement: each,
          rows: 1,
        })),
      );
    }
  },
);

onEveryEngine(
  "a source that does not give back what it wrapped is not relied on",
  async (database) => {
    await migrate(database, databaseMigrations);
    const forgetful = { ...own, unwrap: async () => Buffer.alloc(32) };
    await assert.rejects(createDeployment(database, [own, forgetful], new Date(0)), IntegrityError);
    await assert.rejects(openDeployment(database, [own]), /holds no deployment/);
  },
);

onEveryEngine("a domain is created once, and opens as the same one", async (database) => {
  await migrate(database, databaseMigrations);
  const root = RootKey.generate();
  const first = await new Domains(root, database).findOrCreate("111122223333", "us-east-1");
  const rival = await new Domains(root, database).findOrCreate("111122223333", "us-east-1");
  await database.apply(first.change.writes);
  await assert.rejects(database.apply(rival.change.writes), WriteConflict);
  const domains = new Domains(root, database);
  const found = await domains.find("111122223333", "us-east-1");
  assert.deepEqual(found?.rowKey, first.domain.rowKey);
  assert.equal(await domains.find("111122223333", "us-east-1"), found);
  const again = await domains.findOrCreate("111122223333", "us-east-1");
  assert.deepEqual(again.change.writes, []);
  assert.equal(await domains.find("111122223333", "us-east-2"), undefined);
});

onEveryEngine(
  "the domain keys of two accounts or regions cannot change places",
  async (database) => {
    await migrate(database, databaseMigrations);
    const root = RootKey.generate();
    for (const region of ["us-east-1", "us-east-2"]) {
      const { change } = await new Domains(root, database).findOrCreate("111122223333", region);
      await database.apply(change.writes);
    }
    const [row] = await readRows(
      database,
      sql`SELECT wrapped FROM domain_keys WHERE region = ${"us-east-1"}`,
    );
    const wrapped: SqlValue = row?.["wrapped"] ?? null;
    await database.apply([
      {
        statement: sql`UPDATE domain_keys SET wrapped = ${wrapped} WHERE region = ${"us-east-2"}`,
        rows: 1,
      },
    ]);
    await assert.rejects(
      new Domains(root, database).find("111122223333", "us-east-2"),
      IntegrityError,
    );
  },
);

const table = sealedTable(
  "samples",
  {
    id: "text",
    label: "text",
    amount: "integer",
    body: "blob",
    note: "text or null",
    due: "integer or null",
    extra: "blob or null",
  },
  ["id"],
);
const rowKey = Buffer.alloc(32, 1);
const row = {
  id: "a",
  label: "",
  amount: 1,
  body: Buffer.from("1"),
  note: null,
  due: null,
  extra: null,
};

async function samples(database: Database): Promise<void> {
  await database.apply([
    {
      statement: { chunks: [createSealedTable(table, database.dialect)], values: [] },
      rows: "any",
    },
    insertRow(table, row, rowKey),
  ]);
}

async function onlySample(database: Database) {
  const [read] = await readRows(database, sql`SELECT ${columnsOf(table)} FROM samples`);
  assert.ok(read !== undefined);
  return openRow(table, read, rowKey);
}

onEveryEngine(
  "a sealed row is inserted, updated, read and deleted by its primary key",
  async (database) => {
    await samples(database);
    assert.equal((await onlySample(database)).amount, 1);
    await database.apply([updateRow(table, { ...row, amount: 2, note: "" }, rowKey)]);
    const { amount, note, due } = await onlySample(database);
    assert.deepEqual([Number(amount), note, due], [2, "", null]);
    await assert.rejects(database.apply([insertRow(table, row, rowKey)]), WriteConflict);
    await assert.rejects(
      database.apply([updateRow(table, { ...row, id: "b" }, rowKey)]),
      WriteConflict,
    );
    await assert.rejects(database.apply([deleteRow(table, { ...row, id: "b" })]), WriteConflict);
    await database.apply([deleteRow(table, row)]);
    assert.equal((await readRows(database, sql`SELECT id FROM samples`)).length, 0);
  },
);

onEveryEngine(
  "a sealed row is refused when any column becomes another value, of its kind or of none",
  async (database) => {
    await samples(database);
    const edits = [
      sql`UPDATE samples SET id = ${"b"}`,
      sql`UPDATE samples SET label = ${"\u0001"}`,
      sql`UPDATE samples SET amount = ${0}`,
      sql`UPDATE samples SET body = ${Buffer.from("2")}`,
      sql`UPDATE samples SET body = ${Buffer.alloc(0)}`,
      sql`UPDATE samples SET note = ${""}`,
      sql`UPDATE samples SET due = ${0}`,
      sql`UPDATE samples SET extra = ${Buffer.alloc(0)}`,
      sql`UPDATE samples SET mac = ${Buffer.alloc(32)}`,
      sql`UPDATE samples SET mac = ${Buffer.alloc(0)}`,
    ];
    for (const statement of edits) {
      await database.apply([{ statement, rows: 1 }]);
      await assert.rejects(onlySample(database), IntegrityError);
      await database.apply([
        { statement: sql`DELETE FROM samples`, rows: 1 },
        insertRow(table, row, rowKey),
      ]);
      await assert.doesNotReject(onlySample(database));
    }
  },
);

onEveryEngine(
  "a row is not opened by another key, nor as a row of another table",
  async (database) => {
    await samples(database);
    const [read] = await readRows(database, sql`SELECT ${columnsOf(table)} FROM samples`);
    assert.ok(read !== undefined);
    assert.throws(() => openRow(table, read, Buffer.alloc(32, 2)), IntegrityError);
    assert.throws(() => openRow({ ...table, name: "others" }, read, rowKey), IntegrityError);
    const renamed = sealedTable("samples", { ...table.types, name: "text" }, ["id"]);
    assert.throws(() => openRow(renamed, { ...read, name: "" }, rowKey), IntegrityError);
  },
);
