import { cpSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { DatabaseSync } from "node:sqlite";
import {
  CreateAliasCommand,
  CreateGrantCommand,
  CreateKeyCommand,
  EncryptCommand,
  KMSClient,
  PutKeyPolicyCommand,
  RotateKeyOnDemandCommand,
  TagResourceCommand,
} from "@aws-sdk/client-kms";
import { initialize } from "../../src/composition/init.ts";
import { openRunning } from "../../src/composition/running.ts";
import type { Config } from "../../src/config.ts";
import type { Reader } from "../../src/database/database.ts";
import type { Deployment } from "../../src/database/deployment.ts";
import { openDeployment } from "../../src/database/deployment.ts";
import { openSqliteReader } from "../../src/database/sqlite.ts";
import { fileRootSource } from "../../src/keystore/root/file.ts";
import { jsonLog } from "../../src/server/log.ts";
import { account, otherAccount, testConfig } from "../support/keywright.ts";

const administrator = "arn:aws:iam::aws:policy/AdministratorAccess";
const statement = (action: string): object => ({
  Version: "2012-10-17",
  Statement: [{ Effect: "Allow", Action: action, Resource: "*" }],
});

/** Every kind of stored identity, two of each where two can be exchanged. */
const seed = {
  accounts: [
    {
      id: account,
      policies: ["one", "two"].map((name) => ({
        name,
        document: statement(name === "one" ? "kms:Encrypt" : "kms:Decrypt"),
      })),
      groups: ["one", "two"].map((name) => ({
        name,
        managedPolicies: [`arn:aws:iam::${account}:policy/${name}`],
        policies: [{ name: "inline", document: statement(`kms:List${name}`) }],
      })),
      users: [
        {
          name: "admin",
          managedPolicies: [administrator],
          accessKeys: [
            { id: "AKIAADMIN", secret: "secret of admin" },
            { id: "AKIAADMINOLD", secret: "older secret", status: "Inactive" },
          ],
        },
        {
          name: "alice",
          groups: ["one", "two"],
          policies: [{ name: "inline", document: statement("kms:DescribeKey") }],
          tags: { team: "blue" },
          accessKeys: [{ id: "AKIAALICE", secret: "secret of alice" }],
        },
      ],
    },
    { id: otherAccount, users: [{ name: "admin", managedPolicies: [administrator] }] },
  ],
};

export type Row = Readonly<Record<string, string | number | Uint8Array | null>>;

/** A deployment that is not running, with its database at hand as bytes. */
export interface Stopped {
  readonly config: Config;
  /** The database file as the server left it. */
  readonly image: Buffer;
  readonly rows: (table: string) => readonly Row[];
}

/** Sends commands to a server on a deployment, and stops it. Returns its log. */
export async function whileRunning(
  config: Config,
  work: (client: KMSClient) => Promise<void>,
): Promise<string> {
  const lines: string[] = [];
  const clock = () => new Date();
  const log = jsonLog("debug", clock, (line) => lines.push(line));
  const running = await openRunning(config, clock, log);
  const client = new KMSClient({
    endpoint: running.url,
    region: "us-east-1",
    credentials: { accessKeyId: "AKIAADMIN", secretAccessKey: "secret of admin" },
    maxAttempts: 1,
  });
  try {
    await work(client);
  } finally {
    client.destroy();
    await running.close();
  }
  return lines.join("");
}

/** A deployment with identities, and two keys that were used, with policies, tags, aliases, grants and two generations of material. */
export async function stoppedDeployment(): Promise<Stopped> {
  const config = testConfig(seed);
  const clock = () => new Date();
  const io = {
    environment: {},
    workingDirectory: "",
    clock,
    out: () => undefined,
    error: () => undefined,
    ask: () => Promise.reject(new Error("nobody is asked")),
  };
  await initialize(config, io);
  await whileRunning(config, async (client) => {
    for (const name of ["one", "two"]) await createKey(client, name);
  });
  const image = readFileSync(databasePath(config));
  cpSync(journalFolder(config), keptJournal(config), { recursive: true });
  const rows = (table: string): readonly Row[] => {
    const path = join(workbench, "rows.db");
    writeFileSync(path, image);
    using database = new DatabaseSync(path);
    return database.prepare(`SELECT * FROM ${table}`).all() as unknown as readonly Row[];
  };
  return { config, image, rows };
}

async function createKey(client: KMSClient, name: string): Promise<void> {
  const { KeyMetadata } = await client.send(new CreateKeyCommand({ Description: name }));
  const KeyId = KeyMetadata?.KeyId ?? "";
  const Policy = JSON.stringify({
    Statement: {
      Sid: name,
      Effect: "Allow",
      Principal: { AWS: `arn:aws:iam::${account}:root` },
      Action: "kms:*",
      Resource: "*",
    },
  });
  await client.send(new PutKeyPolicyCommand({ KeyId, Policy }));
  await client.send(new TagResourceCommand({ KeyId, Tags: [{ TagKey: "name", TagValue: name }] }));
  await client.send(new CreateAliasCommand({ AliasName: `alias/${name}`, TargetKeyId: KeyId }));
  for (const user of ["admin", "alice"])
    await client.send(
      new CreateGrantCommand({
        KeyId,
        GranteePrincipal: `arn:aws:iam::${account}:user/${user}`,
        RetiringPrincipal: `arn:aws:iam::${account}:user/admin`,
        Operations: ["Decrypt"],
        Constraints: { EncryptionContextSubset: { name } },
      }),
    );
  await client.send(new RotateKeyOnDemandCommand({ KeyId }));
  await client.send(new EncryptCommand({ KeyId, Plaintext: Buffer.from(name) }));
}

/** Puts a database image in place, and the journal back as the server left it with the first one. */
export function restore({ config }: Stopped, image: Uint8Array): void {
  writeFileSync(databasePath(config), image);
  rmSync(journalFolder(config), { recursive: true });
  cpSync(keptJournal(config), journalFolder(config), { recursive: true });
}

const journalFolder = (config: Config): string => join(config.data, "audit");
const keptJournal = (config: Config): string => join(config.data, "..", "audit-as-it-was");

export function databasePath(config: Config): string {
  return join(config.data, "keywright.db");
}

const workbench = mkdtempSync(join(tmpdir(), "keywright-tamper-"));
process.on("exit", () => rmSync(workbench, { recursive: true, force: true }));

/** Writes a database image, lets `edit` change it with SQL of its own, and returns the result. */
export function edited(image: Uint8Array, edit: (database: DatabaseSync) => void): Buffer {
  const path = join(workbench, "edited.db");
  writeFileSync(path, image);
  {
    using database = new DatabaseSync(path);
    edit(database);
  }
  return readFileSync(path);
}

/** Opens a database image as a fresh process would, and lends it to `work`. */
export async function reading<T>(
  { config }: Stopped,
  image: Uint8Array,
  work: (deployment: Deployment, reader: Reader) => Promise<T>,
): Promise<T> {
  const path = join(workbench, "read.db");
  for (const suffix of ["-wal", "-shm"]) rmSync(path + suffix, { force: true });
  writeFileSync(path, image);
  const reader = openSqliteReader(path);
  try {
    return await work(await openDeployment(reader, [fileRootSource(config.rootKeyFile)]), reader);
  } finally {
    reader.close();
  }
}
