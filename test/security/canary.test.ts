import * as assert from "node:assert/strict";
import { randomBytes } from "node:crypto";
import { readFileSync } from "node:fs";
import { join, relative } from "node:path";
import { DatabaseSync } from "node:sqlite";
import { test } from "node:test";
import { openClient } from "../faults/client.ts";
import type { Folder, ServerProcess } from "../faults/process.ts";
import { newFolder, startProcess } from "../faults/process.ts";
import { filesIn } from "../support/files.ts";
import { account } from "../support/keywright.ts";

const seedKey = "1234abcd-12ab-34cd-56ef-1234567890ab";
const material = randomBytes(32);
const secretAccessKey = `canary${randomBytes(24).toString("hex")}`;
const inactiveSecret = `canary${randomBytes(24).toString("hex")}`;
const seed = {
  accounts: [
    {
      id: account,
      users: [
        {
          name: "admin",
          managedPolicies: ["arn:aws:iam::aws:policy/AdministratorAccess"],
          accessKeys: [
            { id: "AKIACANARY", secret: secretAccessKey },
            { id: "AKIAINACTIVE", secret: inactiveSecret, status: "Inactive" },
          ],
        },
      ],
      keys: [{ id: seedKey, region: "us-east-1", material: material.toString("base64") }],
    },
  ],
};

/** Bytes that must stand nowhere, by what they are. */
type Canaries = Map<string, Buffer>;

/** The ways in which bytes get into files and texts; pieces of them, so that a part is found as well. */
function formsOf(bytes: Buffer): readonly Buffer[] {
  const texts = [0, 1, 2].map((skip) => bytes.subarray(skip).toString("base64").slice(0, 16));
  return [
    bytes.subarray(0, 12),
    bytes.subarray(-12),
    ...[bytes.toString("hex").slice(0, 24), bytes.toString("hex").toUpperCase().slice(0, 24)].map(
      (text) => Buffer.from(text),
    ),
    ...texts
      .flatMap((text) => [text, text.replaceAll("+", "-").replaceAll("/", "_")])
      .map((text) => Buffer.from(text)),
    Buffer.from(bytes.subarray(0, 12).toString("latin1"), "utf16le"),
    Buffer.from([...bytes.subarray(0, 8)].join(",")),
    Buffer.from(
      JSON.stringify([...bytes.subarray(0, 8)])
        .slice(1, -1)
        .replaceAll(",", ", "),
    ),
  ];
}

function findCanaries(canaries: Canaries, place: string, content: Buffer): readonly string[] {
  return [...canaries]
    .filter(([, bytes]) => formsOf(bytes).some((form) => content.includes(form)))
    .map(([what]) => `${what} in ${place}`);
}

/** The root key file and the AWS profile hold secrets because that is what they are for. */
const keepers = ["root.key", join("aws", "credentials")];

function searchFolder({ data }: Folder, canaries: Canaries): readonly string[] {
  const files = filesIn(data).map(({ path, content }) => ({
    path: relative(data, path),
    content: written(content),
  }));
  const names = files.map(({ path }) => path);
  for (const name of ["keywright.db", join("audit", "head.json")])
    assert.ok(names.includes(name), `${name} is not among ${names.join(" ")}`);
  return files
    .filter(({ path }) => !keepers.includes(path))
    .flatMap(({ path, content }) => findCanaries(canaries, path, content));
}

/** A file without the zeros at its end, of which a journal has many. */
function written(content: Buffer): Buffer {
  return content.subarray(0, content.findLastIndex((byte) => byte !== 0) + 1);
}

/** Makes calls that succeed and calls that fail in every way, and gathers what the answers gave away to their caller. */
async function keepBusy(url: string, canaries: Canaries): Promise<Buffer> {
  const access = { url, accessKeyId: "AKIACANARY", secretAccessKey };
  const client = openClient(access);
  const refusals: string[] = [];
  const call = async (operation: string, input: object) => {
    const answer = await client.call(operation, input);
    if (answer.status !== 200) refusals.push(JSON.stringify(answer.body));
    return answer.body;
  };
  const { KeyMetadata } = await call("CreateKey", { Description: "busy" });
  const { KeyId: created } = KeyMetadata as { readonly KeyId: string };
  const keep = (what: string, text: unknown): void => {
    assert.equal(typeof text, "string", what);
    canaries.set(`${what} ${canaries.size}`, Buffer.from(String(text), "base64"));
  };
  for (let round = 0; round < 20; round++)
    for (const KeyId of [seedKey, created]) {
      const Plaintext = randomBytes(64).toString("base64");
      keep("plaintext", Plaintext);
      const EncryptionContext = { round: String(round) };
      const { CiphertextBlob } = await call("Encrypt", { KeyId, Plaintext, EncryptionContext });
      const opened = await call("Decrypt", { CiphertextBlob, EncryptionContext });
      assert.equal(opened["Plaintext"], Plaintext);
      keep("data key", (await call("GenerateDataKey", { KeyId, KeySpec: "AES_256" }))["Plaintext"]);
      keep("random", (await call("GenerateRandom", { NumberOfBytes: 32 }))["Plaintext"]);
      await call("ReEncrypt", {
        CiphertextBlob,
        SourceEncryptionContext: EncryptionContext,
        DestinationKeyId: created,
      });
      await call("Decrypt", { CiphertextBlob });
      await call("Decrypt", { CiphertextBlob: Plaintext });
      await call("Encrypt", { KeyId: "alias/absent", Plaintext });
      await call("Encrypt", { KeyId, Plaintext, EncryptionAlgorithm: "RSAES_OAEP_SHA_1" });
      await call("Encrypt", { KeyId, Plaintext, DryRun: true });
      await call("Encrypt", {
        KeyId,
        Plaintext: Buffer.alloc(5_000, Plaintext).toString("base64"),
      });
      await call("Encrypt", { KeyId, Plaintext: { Secret: Plaintext } });
      await call("Encrypt", { KeyId, Plaintext: `${Plaintext}*` });
      await call("Encrypt", { Plaintext });
      await call("NoSuchOperation", { Plaintext });
    }
  await call("DisableKey", { KeyId: created });
  const Plaintext = randomBytes(64).toString("base64");
  keep("plaintext for a disabled key", Plaintext);
  await call("Encrypt", { KeyId: created, Plaintext });
  client.close();
  for (const [accessKeyId, secret] of [
    ["AKIACANARY", inactiveSecret],
    ["AKIAINACTIVE", inactiveSecret],
    ["AKIAUNKNOWN", secretAccessKey],
  ] as const) {
    const stranger = openClient({ url, accessKeyId, secretAccessKey: secret });
    refusals.push(JSON.stringify((await stranger.call("Encrypt", { Plaintext })).body));
    stranger.close();
  }
  assert.ok(refusals.length > 200);
  return Buffer.from(refusals.join("\n"));
}

/** Changes stored key material, so that the next Encrypt fails inside the service. */
function damageMaterial({ data }: Folder): void {
  using database = new DatabaseSync(join(data, "keywright.db"));
  database
    .prepare("UPDATE key_materials SET wrapped = ? WHERE key_id = ?")
    .run(Buffer.alloc(113, 1), seedKey);
}

async function stop(server: ServerProcess): Promise<string> {
  server.child.kill("SIGTERM");
  assert.equal(await server.ended, 0, server.output());
  return server.output();
}

test("no secret stands in the database, the journal, the logs or an error", async (t) => {
  const folder = newFolder(seed);
  t.after(folder.remove);
  const launch = { arguments: ["--log-level", "debug"] };
  const canaries: Canaries = new Map([
    ["seeded key material", material],
    ["secret access key", Buffer.from(secretAccessKey)],
    ["inactive secret access key", Buffer.from(inactiveSecret)],
  ]);
  const server = startProcess(folder, launch);
  const url = await server.ready;
  const rootFile = readFileSync(join(folder.data, "root.key"));
  canaries.set("root key", rootFile.subarray(21, 53));
  const refusals = await keepBusy(url, canaries);
  assert.deepEqual(searchFolder(folder, canaries), [], "while it runs");
  const texts = [await stop(server)];
  damageMaterial(folder);
  const damaged = startProcess(folder, launch);
  const client = openClient({
    url: await damaged.ready,
    accessKeyId: "AKIACANARY",
    secretAccessKey,
  });
  const Plaintext = randomBytes(64);
  canaries.set("plaintext of a failed call", Plaintext);
  const input = { KeyId: seedKey, Plaintext: Plaintext.toString("base64") };
  const { status } = await client.call("Encrypt", input);
  assert.equal(status, 500);
  client.close();
  texts.push(await stop(damaged));
  assert.match(texts.join(""), /"name":"IntegrityError"/);

  assert.deepEqual(searchFolder(folder, canaries), [], "after it stopped");
  assert.deepEqual(findCanaries(canaries, "the log", Buffer.from(texts.join(""))), []);
  assert.deepEqual(findCanaries(canaries, "errors", refusals), []);
  // The search finds what is there: the files that may hold secrets do.
  assert.deepEqual(findCanaries(canaries, "file", rootFile), ["root key in file"]);
  const profile = readFileSync(join(folder.data, "aws", "credentials"));
  assert.deepEqual(findCanaries(canaries, "file", profile), ["secret access key in file"]);
  for (const canary of canaries)
    for (const form of formsOf(canary[1])) {
      const found = findCanaries(new Map([canary]), "file", Buffer.concat([Buffer.of(1, 2), form]));
      assert.equal(found.length, 1);
    }
});
