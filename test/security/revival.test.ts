import * as assert from "node:assert/strict";
import { readFileSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { DatabaseSync } from "node:sqlite";
import { after, test } from "node:test";
import type { KMSClient } from "@aws-sdk/client-kms";
import {
  DecryptCommand,
  DeleteAliasCommand,
  DescribeKeyCommand,
  EncryptCommand,
  GetKeyLastUsageCommand,
  GetKeyPolicyCommand,
  KMSServiceException,
  ListGrantsCommand,
  PutKeyPolicyCommand,
  RevokeGrantCommand,
  RotateKeyOnDemandCommand,
  UpdateKeyDescriptionCommand,
} from "@aws-sdk/client-kms";
import type { Row, Stopped } from "./deployment.ts";
import { databasePath, edited, restore, stoppedDeployment, whileRunning } from "./deployment.ts";
import { primaryKeys, useRow } from "./uses.ts";

const stopped: Stopped = await stoppedDeployment();
after(() => rmSync(join(stopped.config.data, ".."), { recursive: true, force: true }));
const [key] = stopped.rows("keys");
const keyId = String(key?.["key_id"]);

const hangsOnKey = (table: string): readonly Row[] =>
  stopped.rows(table).filter((row) => row["key_id"] === keyId);

function insert(database: DatabaseSync, table: string, row: Row): void {
  const names = Object.keys(row);
  const marks = names.map(() => "?").join(", ");
  database
    .prepare(`INSERT OR REPLACE INTO ${table} (${names.join(", ")}) VALUES (${marks})`)
    .run(...Object.values(row));
}

/** The database after the service has run some commands on the deployment as it was. */
async function afterCommands(work: (client: KMSClient) => Promise<unknown>): Promise<Buffer> {
  restore(stopped, stopped.image);
  await whileRunning(stopped.config, async (client) => void (await work(client)));
  return readFileSync(databasePath(stopped.config));
}

const revocations = {
  grants: (client: KMSClient) =>
    client.send(
      new RevokeGrantCommand({
        KeyId: keyId,
        GrantId: String(hangsOnKey("grants")[0]?.["grant_id"]),
      }),
    ),
  aliases: (client: KMSClient) =>
    client.send(
      new DeleteAliasCommand({ AliasName: String(hangsOnKey("aliases")[0]?.["alias_name"]) }),
    ),
};

for (const [table, revoke] of Object.entries(revocations))
  test(`${table}: a row that was deleted by the service cannot be brought back from an older copy`, async () => {
    const [row] = hangsOnKey(table);
    assert.ok(row !== undefined);
    const image = await afterCommands(revoke);
    assert.equal(typeof (await useRow(stopped, image, "keys", row)), "object");
    const revived = edited(image, (database) => insert(database, table, row));
    assert.equal(await useRow(stopped, revived, table, row), "refused");
    assert.equal(await useRow(stopped, revived, "keys", row), "refused");
  });

test("an older key row is refused as long as anything that hangs on the key is newer", async () => {
  assert.ok(key !== undefined);
  const image = await afterCommands(async (client) => {
    const Policy =
      '{"Statement":{"Effect":"Allow","Principal":"*","Action":"kms:*","Resource":"*"}}';
    const BypassPolicyLockoutSafetyCheck = true;
    await client.send(
      new PutKeyPolicyCommand({ KeyId: keyId, Policy, BypassPolicyLockoutSafetyCheck }),
    );
    await client.send(new RotateKeyOnDemandCommand({ KeyId: keyId }));
  });
  const older = edited(image, (database) => insert(database, "keys", key));
  assert.equal(await useRow(stopped, older, "keys", key), "refused");
});

test("older rows that hang on a key are refused under its newer row", async () => {
  assert.ok(key !== undefined);
  const image = await afterCommands((client) =>
    client.send(new RotateKeyOnDemandCommand({ KeyId: keyId })),
  );
  const older = edited(image, (database) => {
    database.prepare("DELETE FROM key_materials WHERE key_id = ?").run(keyId);
    for (const row of hangsOnKey("key_materials")) insert(database, "key_materials", row);
  });
  assert.equal(await useRow(stopped, older, "keys", key), "refused");
});

/** How a client learns of a changed row of each table: by a call that cannot do without it. */
const calls: Readonly<Record<string, (client: KMSClient) => Promise<unknown>>> = {
  keys: (client) => client.send(new GetKeyPolicyCommand({ KeyId: keyId })),
  key_materials: (client) =>
    client.send(new EncryptCommand({ KeyId: keyId, Plaintext: Buffer.from("plaintext") })),
  aliases: (client) =>
    client.send(
      new DescribeKeyCommand({ KeyId: String(hangsOnKey("aliases")[0]?.["alias_name"]) }),
    ),
  grants: (client) => client.send(new ListGrantsCommand({ KeyId: keyId })),
  key_usage: (client) => client.send(new GetKeyLastUsageCommand({ KeyId: keyId })),
  domain_keys: (client) => client.send(new DescribeKeyCommand({ KeyId: keyId })),
  users: (client) => client.send(new DescribeKeyCommand({ KeyId: keyId })),
  access_keys: (client) => client.send(new DescribeKeyCommand({ KeyId: keyId })),
};

for (const [table, call] of Object.entries(calls))
  test(`${table}: a client of a server on a changed row gets KMSInternalException, and the log says why`, async () => {
    const rows = ["users", "access_keys"].includes(table)
      ? stopped.rows(table).filter((row) => row["user_name"] === "admin")
      : table === "domain_keys"
        ? stopped.rows(table).filter((row) => row["region"] === "us-east-1")
        : hangsOnKey(table);
    const [row] = rows;
    const names = primaryKeys[table] ?? [];
    assert.ok(row !== undefined);
    const [column, bytes] =
      Object.entries(row).find(([, each]) => each instanceof Uint8Array) ?? [];
    assert.ok(bytes instanceof Uint8Array);
    const image = edited(stopped.image, (database) => {
      const where = names.map((name) => `${name} = ?`).join(" AND ");
      database
        .prepare(`UPDATE ${table} SET ${column} = ? WHERE ${where}`)
        .run(Buffer.from(bytes).reverse(), ...names.map((name) => row[name] ?? null));
    });
    restore(stopped, image);
    const log = await whileRunning(stopped.config, async (client) => {
      await assert.rejects(call(client), (error: unknown) => {
        assert.ok(error instanceof KMSServiceException);
        assert.equal(error.name, "KMSInternalException");
        assert.equal(error.$metadata.httpStatusCode, 500);
        assert.ok(!/changed|unwrap|row|seal/.test(error.message), error.message);
        return true;
      });
    });
    assert.match(log, /"name":"IntegrityError"/);
  });

test("a ciphertext is not decrypted with material that was exchanged for another key's", async () => {
  const other = stopped.rows("keys").find((row) => row["key_id"] !== keyId);
  assert.ok(other !== undefined);
  restore(stopped, stopped.image);
  let blob: Uint8Array | undefined;
  await whileRunning(stopped.config, async (client) => {
    const Plaintext = Buffer.from("plaintext");
    ({ CiphertextBlob: blob } = await client.send(new EncryptCommand({ KeyId: keyId, Plaintext })));
  });
  const image = edited(readFileSync(databasePath(stopped.config)), (database) => {
    database.exec("UPDATE key_materials SET key_id = 'x' || key_id");
    for (const [from, to] of [
      [keyId, String(other["key_id"])],
      [String(other["key_id"]), keyId],
    ] as const)
      database.prepare("UPDATE key_materials SET key_id = ? WHERE key_id = 'x' || ?").run(to, from);
  });
  restore(stopped, image);
  await whileRunning(stopped.config, async (client) => {
    await assert.rejects(
      client.send(new DecryptCommand({ CiphertextBlob: blob })),
      (error: unknown) =>
        error instanceof KMSServiceException && error.name === "KMSInternalException",
    );
  });
});

/** What DescribeKey says of a key whose row was put back to an older state by somebody else while the server ran. */
async function describedAfterRevival(keyCache: number): Promise<[unknown, string]> {
  assert.ok(key !== undefined);
  restore(stopped, stopped.image);
  let described: unknown;
  const log = await whileRunning({ ...stopped.config, keyCache }, async (client) => {
    await client.send(new UpdateKeyDescriptionCommand({ KeyId: keyId, Description: "newer" }));
    {
      using database = new DatabaseSync(databasePath(stopped.config));
      insert(database, "keys", key);
    }
    described = await client.send(new DescribeKeyCommand({ KeyId: keyId })).then(
      ({ KeyMetadata }) => KeyMetadata?.Description,
      (error: unknown) => error instanceof KMSServiceException && error.name,
    );
  });
  return [described, log];
}

test("an older key row that is whole in itself is refused by the process that made the newer one, when it reads it", async () => {
  const [described, log] = await describedAfterRevival(0);
  assert.equal(described, "KMSInternalException");
  assert.match(log, /met a newer version/);
});

test("an older key row that is whole in itself changes nothing for the process that has the newer one in memory", async () => {
  const [described] = await describedAfterRevival(64);
  assert.equal(described, "newer");
});

test("an older key row that is whole in itself, put back while the service was stopped, keeps it from starting", async () => {
  assert.ok(key !== undefined);
  await afterCommands((client) =>
    client.send(new UpdateKeyDescriptionCommand({ KeyId: keyId, Description: "newer" })),
  );
  {
    using database = new DatabaseSync(databasePath(stopped.config));
    insert(database, "keys", key);
  }
  await assert.rejects(
    whileRunning(stopped.config, async () => undefined),
    /rows were put back from an older copy/,
  );
});

test("the whole database of an earlier time, under the journal of a later one, keeps the service from starting", async () => {
  await afterCommands((client) =>
    client.send(new UpdateKeyDescriptionCommand({ KeyId: keyId, Description: "newer" })),
  );
  writeFileSync(databasePath(stopped.config), stopped.image);
  await assert.rejects(
    whileRunning(stopped.config, async () => undefined),
    /rows were put back from an older copy/,
  );
});
