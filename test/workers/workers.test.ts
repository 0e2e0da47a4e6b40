import * as assert from "node:assert/strict";
import { after, test } from "node:test";
import { setTimeout as sleep } from "node:timers/promises";
import {
  CreateAccessKeyCommand,
  IAMClient,
  ListUsersCommand,
  UpdateAccessKeyCommand,
} from "@aws-sdk/client-iam";
import { CreateBucketCommand, ListBucketsCommand, S3Client } from "@aws-sdk/client-s3";
import { openClient } from "../faults/client.ts";
import { administrator, newFolder } from "../faults/process.ts";
import { readRemains } from "../faults/records.ts";
import { accessKeys, account } from "../support/keywright.ts";
import { many, newKey, openMany, outcomes, startThreads, succeed } from "./support.ts";

const folder = newFolder();
after(folder.remove);
const { server, url } = await startThreads(folder);
after(() => server.child.kill("SIGKILL"));

const clients = openMany(url);
const [first] = clients;
const Plaintext = "c2VjcmV0";
const sdk = { region: "us-east-1", endpoint: url, credentials: accessKeys.admin, maxAttempts: 1 };

test("whatever a connection asks for, it is answered, on whichever thread it ended", async () => {
  const KeyId = await newKey(first);
  const pair = await newKey(first, { KeySpec: "ECC_NIST_P256", KeyUsage: "SIGN_VERIFY" });
  const mac = await newKey(first, { KeySpec: "HMAC_256", KeyUsage: "GENERATE_VERIFY_MAC" });
  const { CiphertextBlob } = await succeed(first, "Encrypt", { KeyId, Plaintext });
  const MacAlgorithm = "HMAC_SHA_256";
  const Message = Plaintext;
  const { Mac } = await succeed(first, "GenerateMac", { KeyId: mac, Message, MacAlgorithm });
  for (const [operation, input] of [
    ["Encrypt", { KeyId, Plaintext }],
    ["Decrypt", { CiphertextBlob }],
    ["ReEncrypt", { CiphertextBlob, DestinationKeyId: KeyId }],
    ["GenerateDataKey", { KeyId, KeySpec: "AES_256" }],
    ["GenerateDataKeyWithoutPlaintext", { KeyId, KeySpec: "AES_256" }],
    ["GenerateMac", { KeyId: mac, Message, MacAlgorithm }],
    ["VerifyMac", { KeyId: mac, Message, MacAlgorithm, Mac }],
    ["GenerateRandom", { NumberOfBytes: 8 }],
    ["DescribeKey", { KeyId }],
    ["Sign", { KeyId: pair, Message, SigningAlgorithm: "ECDSA_SHA_256" }],
    [
      "CreateGrant",
      { KeyId, GranteePrincipal: `arn:aws:iam::${account}:root`, Operations: ["Decrypt"] },
    ],
    ["ListAliases", {}],
  ] as const)
    assert.deepEqual(await outcomes(clients, operation, input), ["done"], operation);
  // Asymmetric keys are not used beside the main thread, whatever the operation.
  const rsa = await newKey(first, { KeySpec: "RSA_2048", KeyUsage: "ENCRYPT_DECRYPT" });
  const wanted = { KeyId: rsa, Plaintext, EncryptionAlgorithm: "RSAES_OAEP_SHA_256" };
  assert.deepEqual(await outcomes(clients, "Encrypt", wanted), ["done"]);
});

test("errors are the same on every thread", async () => {
  const missing = { KeyId: "11111111-2222-3333-4444-555555555555", Plaintext };
  assert.deepEqual(await outcomes(clients, "Encrypt", missing), ["NotFoundException"]);
  assert.deepEqual(await outcomes(clients, "Encrypt", { Plaintext }), ["ValidationException"]);
  const broken = { CiphertextBlob: Buffer.alloc(200).toString("base64") };
  assert.deepEqual(await outcomes(clients, "Decrypt", broken), ["InvalidCiphertextException"]);
  assert.deepEqual(await outcomes(clients, "NoSuchOperation", {}), ["UnknownOperationException"]);
  const wrong = openMany(url, { ...accessKeys.admin, secretAccessKey: "wrong" });
  assert.deepEqual(await outcomes(wrong, "Decrypt", broken), ["InvalidSignatureException"]);
  for (const each of wrong) each.close();
});

test("what one thread has acknowledged holds for the next call on every other", async () => {
  const KeyId = await newKey(first);
  const encrypt = () => outcomes(clients, "Encrypt", { KeyId, Plaintext });
  const allow = {
    Effect: "Allow",
    Principal: { AWS: `arn:aws:iam::${account}:root` },
    Action: "kms:*",
    Resource: "*",
  };
  const deny = { ...allow, Effect: "Deny", Principal: "*", Action: "kms:Encrypt" };
  const put = (...Statement: readonly object[]) =>
    succeed(first, "PutKeyPolicy", { KeyId, Policy: JSON.stringify({ Statement }) });
  for (let round = 0; round < 3; round++) {
    assert.deepEqual(await encrypt(), ["done"]);
    await succeed(first, "DisableKey", { KeyId });
    assert.deepEqual(await encrypt(), ["DisabledException"]);
    await succeed(first, "EnableKey", { KeyId });
    assert.deepEqual(await encrypt(), ["done"]);
    await put(allow, deny);
    assert.deepEqual(await encrypt(), ["AccessDeniedException"]);
    await put(allow);
  }
});

test("an access key works everywhere once it is made, and nowhere while it is inactive", async () => {
  const iam = new IAMClient(sdk);
  const UserName = "admin";
  const { AccessKey } = await iam.send(new CreateAccessKeyCommand({ UserName }));
  const { AccessKeyId = "", SecretAccessKey = "" } = AccessKey ?? {};
  const own = openMany(url, { accessKeyId: AccessKeyId, secretAccessKey: SecretAccessKey });
  const KeyId = await newKey(first);
  const encrypt = () => outcomes(own, "Encrypt", { KeyId, Plaintext });
  for (let round = 0; round < 3; round++) {
    assert.deepEqual(await encrypt(), ["done"]);
    await iam.send(new UpdateAccessKeyCommand({ UserName, AccessKeyId, Status: "Inactive" }));
    assert.deepEqual(await encrypt(), ["UnrecognizedClientException"]);
    await iam.send(new UpdateAccessKeyCommand({ UserName, AccessKeyId, Status: "Active" }));
  }
  assert.deepEqual(await encrypt(), ["done"]);
  for (const each of own) each.close();
  iam.destroy();
});

test("services with other protocols are answered on every thread, too", async () => {
  const s3 = new S3Client({ ...sdk, forcePathStyle: true });
  await s3.send(new CreateBucketCommand({ Bucket: "through-threads" }));
  for (let round = 0; round < 12; round++) {
    // Clients of their own, so connections of their own.
    const [one, iam] = [new S3Client({ ...sdk, forcePathStyle: true }), new IAMClient(sdk)];
    const { Buckets } = await one.send(new ListBucketsCommand({}));
    assert.deepEqual(
      Buckets?.map(({ Name }) => Name),
      ["through-threads"],
    );
    assert.ok((await iam.send(new ListUsersCommand({}))).Users?.length);
    one.destroy();
    iam.destroy();
  }
  s3.destroy();
});

test("the last use of a key is known soon, whichever thread it was used on", async () => {
  const KeyId = await newKey(first);
  for (const client of clients.slice(0, 12)) {
    const { status, requestId } = await client.call("Encrypt", { KeyId, Plaintext });
    assert.equal(status, 200);
    const used = async (): Promise<unknown> => {
      const { KeyLastUsage } = await succeed(first, "GetKeyLastUsage", { KeyId });
      return (KeyLastUsage as { readonly KmsRequestId?: string }).KmsRequestId;
    };
    while ((await used()) !== requestId) await sleep(20);
  }
});

test("threads count against one quota", async (t) => {
  const other = newFolder();
  // A hundred calls a second in us-east-1, for a second's worth at most.
  const started = await startThreads(other, { arguments: ["--request-rate-factor", "0.001"] });
  t.after(async () => {
    started.server.child.kill("SIGKILL");
    await started.server.ended;
    other.remove();
  });
  const callers = openMany(started.url);
  const KeyId = await newKey(callers[0]);
  const begun = performance.now();
  let done = 0;
  for (let round = 0; round < 20; round++)
    for (const answer of await Promise.all(
      callers.map((client) => client.call("Encrypt", { KeyId, Plaintext })),
    ))
      if (answer.status === 200) done++;
      else assert.equal(answer.body["__type"], "ThrottlingException");
  const most = 100 * (1 + (performance.now() - begun) / 1000) + 1;
  assert.ok(done >= 100 && done <= most, `${done} of ${20 * many}, at most ${most}`);
  for (const each of callers) each.close();
});

test("a stopped server has answered what was under way, with one record each", async () => {
  const KeyId = await newKey(first);
  const ids: string[] = [];
  const working = clients.map(async (client) => {
    for (;;) {
      const answer = await client.call("Encrypt", { KeyId, Plaintext }).catch(() => undefined);
      if (answer === undefined) return;
      assert.equal(answer.status, 200);
      ids.push(answer.requestId);
    }
  });
  while (ids.length < 10 * many) await sleep(5);
  server.child.kill("SIGTERM");
  assert.equal(await server.ended, 0, server.output());
  await Promise.all(working);
  const { verification, records } = await readRemains(folder);
  assert.equal(verification.fault, undefined);
  const recorded = new Map<string, number>();
  for (const { requestID = "" } of records)
    recorded.set(requestID, (recorded.get(requestID) ?? 0) + 1);
  assert.deepEqual(
    ids.filter((id) => recorded.get(id) !== 1),
    [],
  );
  assert.ok(!server.output().includes('"level":"error"'), server.output());
});

test("after a kill under load nothing that any thread acknowledged is lost", async () => {
  const killed = await startThreads(folder);
  const callers = openMany(killed.url);
  const KeyId = await newKey(callers[0]);
  const ids: string[] = [];
  const working = callers.map(async (client) => {
    for (;;) {
      const answer = await client.call("Encrypt", { KeyId, Plaintext }).catch(() => undefined);
      if (answer === undefined) return;
      ids.push(answer.requestId);
    }
  });
  while (ids.length < 10 * many) await sleep(5);
  killed.server.child.kill("SIGKILL");
  await killed.server.ended;
  await Promise.all(working);
  const last = await startThreads(folder);
  const client = openClient(administrator(last.url));
  await succeed(client, "Encrypt", { KeyId, Plaintext });
  client.close();
  last.server.child.kill("SIGTERM");
  assert.equal(await last.server.ended, 0, last.server.output());
  const { verification, records } = await readRemains(folder);
  assert.equal(verification.fault, undefined);
  const recorded = new Set(records.map(({ requestID }) => requestID));
  assert.deepEqual(
    ids.filter((id) => !recorded.has(id)),
    [],
  );
});
