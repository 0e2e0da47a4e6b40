/**
 * What the handling of one request costs without a network and a disk: verify, decide, compute, record, encode. The unit is a
 * one-shot SHA-256 of 200 bytes, measured in turns with the requests: a machine that is slower for a while is so for both.
 */
import { hash, randomUUID } from "node:crypto";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { createPipeline } from "../src/api/execute.ts";
import { initialize } from "../src/composition/init.ts";
import { withOffline } from "../src/composition/offline.ts";
import { openServices } from "../src/composition/services.ts";
import { loadConfig } from "../src/config.ts";
import { randomIds } from "../src/crypto/random.ts";
import type { Committer } from "../src/database/commit.ts";
import type { EmbeddedWriter } from "../src/database/embedded-writer.ts";
import type { FrontDoor, ReceivedRequest } from "../src/server/front-door.ts";
import { openFrontDoor } from "../src/server/front-door.ts";
import { readHeaders } from "../src/server/headers.ts";
import { positive, readArguments } from "./arguments.ts";
import { accessKey, keyIds, region, seed } from "./seed.ts";
import { openSigner } from "./signing.ts";
import { median } from "./statistics.ts";

const usage =
  "usage: node bench/handler.ts [--rounds 15] [--calls 1000] [--operations Encrypt,GenerateMac]";
const values = readArguments(usage, {
  rounds: { type: "string", default: "15" },
  calls: { type: "string", default: "1000" },
  operations: { type: "string" },
});
const clock = () => new Date();
const host = "127.0.0.1:8080";
const connection = { sourceIp: "127.0.0.1", userAgent: "bench", host, secure: false };
const folder = mkdtempSync(join(tmpdir(), "keywright-bench-"));
const environment = {
  environment: {},
  workingDirectory: folder,
  clock,
  out: () => undefined,
  error: () => undefined,
  ask: () => Promise.reject(new Error("nobody is asked")),
};
const keyId = (number: number): string => `"KeyId": "${keyIds[number % keyIds.length]}"`;
const context = (number: number): string =>
  `"EncryptionContext": {"purpose": "benchmark", "number": "${String(number).padStart(9, "0")}"}`;
const message = Buffer.alloc(32, 7).toString("base64");

try {
  await measure();
} finally {
  rmSync(folder, { recursive: true, force: true });
}

async function measure(): Promise<void> {
  const seedFile = join(folder, "seed.json");
  writeFileSync(seedFile, JSON.stringify(seedWithMacs()));
  const flags = new Map([
    ["--data", join(folder, "data")],
    ["--seed", seedFile],
  ]);
  const config = loadConfig({ flags, environment: {}, workingDirectory: folder }, "serve");
  await initialize(config, environment);
  await withOffline(config, { now: clock, ask: environment.ask }, async (offline) => {
    const services = openServices(offline.deployment, offline.reader, config);
    const pipeline = createPipeline({
      services: new Map(services.all.map((service) => [service.wire.signingName, service])),
      committer: keepingNoRecords(offline.writer),
      clock,
      ids: randomIds,
      forget: services.forget,
      noteCaller: (context, service) => services.accessKeyUses.note(context, service),
    });
    const frontDoor = openFrontDoor({
      services: services.all.map((service) => service.wire),
      credentials: services.signers,
      ...pipeline,
      clock,
      log: (_level, text, facts) => console.error(text, facts),
      newRequestId: () => randomIds.uuid(),
    });
    const asked = values.operations?.split(",");
    for (const [operation, body] of await prepare(frontDoor))
      if (asked?.includes(operation) !== false) await report(frontDoor, operation, body);
    await services.wipe();
  });
}

/** The benchmark's user, who may use keys for authentication codes, too, and make one. */
function seedWithMacs() {
  const [account] = seed.accounts;
  const [user] = account?.users ?? [];
  const document = {
    Version: "2012-10-17",
    Statement: {
      Effect: "Allow",
      Action: ["kms:CreateKey", "kms:GenerateMac", "kms:VerifyMac"],
      Resource: "*",
    },
  };
  const policies = [...(user?.policies ?? []), { name: "use-macs", document }];
  return { accounts: [{ ...account, users: [{ ...user, policies }] }] };
}

/** Stores what changes, and lets all else pass: no disk takes part in what is measured. */
function keepingNoRecords(writer: EmbeddedWriter): Committer {
  const durable = { stale: [] };
  return {
    async submit(commit) {
      if (commit.change.writes.length === 0) return durable;
      const [result] = writer.commit([{ id: 0, commit }]);
      if (result === undefined || "failed" in result) throw new Error("nothing was stored");
      return result;
    },
  };
}

type Body = (number: number) => string;

/** The members of answers that later requests carry. */
interface Answer {
  readonly CiphertextBlob?: string;
  readonly Mac?: string;
  readonly KeyMetadata?: { readonly KeyId: string };
}

/** The operations with the bodies of their requests; no two of them are alike. */
async function prepare(frontDoor: FrontDoor): Promise<readonly (readonly [string, Body])[]> {
  const ask = async (operation: string, body: string): Promise<Answer> =>
    JSON.parse(await answerTo(frontDoor, sign()(operation, body))) as Answer;
  const { KeyMetadata } = await ask(
    "CreateKey",
    '{"KeySpec": "HMAC_256", "KeyUsage": "GENERATE_VERIFY_MAC"}',
  );
  const mac = `"KeyId": "${KeyMetadata?.KeyId}", "MacAlgorithm": "HMAC_SHA_256", "Message": "${message}"`;
  const { Mac } = await ask("GenerateMac", `{${mac}}`);
  const { CiphertextBlob } = await ask(
    "Encrypt",
    `{${keyId(0)}, "Plaintext": "${message}", ${context(0)}}`,
  );
  return [
    ["Encrypt", (number) => `{${keyId(number)}, "Plaintext": "${message}", ${context(number)}}`],
    ["Decrypt", () => `{"CiphertextBlob": "${CiphertextBlob}", ${context(0)}}`],
    ["GenerateDataKey", (number) => `{${keyId(number)}, "KeySpec": "AES_256", ${context(number)}}`],
    [
      "GenerateDataKeyWithoutPlaintext",
      (number) => `{${keyId(number)}, "KeySpec": "AES_256", ${context(number)}}`,
    ],
    ["GenerateMac", () => `{${mac}}`],
    ["VerifyMac", () => `{${mac}, "Mac": "${Mac}"}`],
  ];
}

/** Signs by the clock of now, and reads the request as the server's parser does. */
function sign(): (operation: string, body: string) => ReceivedRequest {
  const signer = { accessKeyId: accessKey.id, secret: accessKey.secret, region, host };
  const write = openSigner(signer, clock());
  return (operation, body) => {
    const text = write(`TrentService.${operation}`, body).toString("latin1");
    const [, ...lines] = text.slice(0, text.indexOf("\r\n\r\n")).split("\r\n");
    const rawHeaders = lines.flatMap((line) => [
      line.slice(0, line.indexOf(":")),
      line.slice(line.indexOf(":") + 2),
    ]);
    const headers = readHeaders(rawHeaders);
    const received = { method: "POST", target: "/", headers, body: Buffer.from(body) };
    return { ...received, connection, requestId: randomUUID() };
  };
}

async function answerTo(frontDoor: FrontDoor, request: ReceivedRequest): Promise<string> {
  const answer = await frontDoor(request);
  if (answer.status !== 200) throw new Error(`answered ${answer.status}: ${String(answer.body)}`);
  return String(answer.body);
}

async function report(frontDoor: FrontDoor, operation: string, body: Body): Promise<void> {
  const calls = positive(usage, values.calls);
  const ratios: number[] = [];
  const costs: number[] = [];
  for (let round = -2; round < positive(usage, values.rounds); round++) {
    const signed = sign();
    const requests = Array.from({ length: calls }, (_each, index) =>
      signed(operation, body(index)),
    );
    const unit = hashing();
    const before = process.threadCpuUsage();
    for (const request of requests) await answerTo(frontDoor, request);
    const cost = worked(before) / calls;
    // The first rounds warm up.
    if (round < 0) continue;
    ratios.push(cost / ((unit + hashing()) / 2));
    costs.push(cost);
  }
  const quietest = Math.min(...costs).toFixed(1);
  console.log(
    `${operation.padEnd(32)} ${median(ratios).toFixed(1).padStart(6)} hashes   ${median(costs).toFixed(1)} µs (quietest ${quietest})`,
  );
}

/** Microseconds of a one-shot SHA-256 of 200 bytes. */
function hashing(times = 20_000): number {
  const bytes = Buffer.alloc(200, 1);
  const before = process.threadCpuUsage();
  for (let count = 0; count < times; count++) hash("sha256", bytes);
  return worked(before) / times;
}

/** Microseconds that this thread has worked since: what others take of the processor does not count. */
function worked(before: NodeJS.CpuUsage): number {
  const { user, system } = process.threadCpuUsage(before);
  return user + system;
}
