import { spawn, spawnSync } from "node:child_process";
import { constants, publicEncrypt, randomBytes } from "node:crypto";
import { once } from "node:events";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join, resolve } from "node:path";
import { createInterface } from "node:readline";
import { fileURLToPath } from "node:url";
import {
  CreateAccessKeyCommand,
  CreateRoleCommand,
  CreateUserCommand,
  IAMClient,
  PutRolePolicyCommand,
  PutUserPolicyCommand,
} from "@aws-sdk/client-iam";
import { AssumeRoleCommand, STSClient } from "@aws-sdk/client-sts";
import { account, testSeed } from "../support/keywright.ts";
import type { Who } from "../support/sdk.ts";
import { clientSettings } from "../support/sdk.ts";
import { callRaw } from "../support/wire.ts";
import type { AnsweredQuestion, Question, WrittenData } from "./written-data.ts";
import { questionsFile } from "./written-data.ts";

/**
 * Writes what a version leaves behind: `node test/upgrade/write-data.ts [CHECKOUT] NAME.tar.gz` starts the version of a checkout on a
 * new data folder, makes everything in it that the version knows, asks questions, and packs the folder with the answers.
 * Run it when what is stored gets a new form, before the change: the tests open it with every later version.
 */
const [target = "", checkout = fileURLToPath(new URL("../..", import.meta.url))] = process.argv
  .slice(2)
  .toReversed();
if (!target.endsWith(".tar.gz")) throw new Error("usage: write-data.ts [CHECKOUT] NAME.tar.gz");
const folder = mkdtempSync(join(tmpdir(), "keywright-upgrade-"));
const launcher = join(resolve(checkout), "bin/keywright.mjs");
const data = join(folder, "data");
const seed = join(folder, "seed.json");
writeFileSync(seed, JSON.stringify(testSeed));

const arguments_ = ["--data", data, "--listen", "127.0.0.1:0", "--seed", seed];
const child = spawn("node", [launcher, "serve", ...arguments_], {
  stdio: ["ignore", "pipe", "inherit"],
});
const lines = createInterface(child.stdout);
const [line] = (await once(lines, "line")) as [string];
const server = { url: /http:\S+/.exec(line)?.[0] ?? "", clock: { offset: 0 } };
const questions: Question[] = [];

interface Answer {
  readonly KeyMetadata: { readonly KeyId: string; readonly Arn: string };
  readonly [name: string]: unknown;
}

async function call(operation: string, input: object, who: Who = "admin"): Promise<Answer> {
  const { status, text } = await callRaw(server, who, operation, JSON.stringify(input));
  if (status !== 200) throw new Error(`${operation}: ${status} ${text}`);
  return (text === "" ? {} : JSON.parse(text)) as Answer;
}

/** What is asked when everything is there. */
function ask(operation: string, input: object, who: Who = "admin"): void {
  questions.push({ who, operation, input });
}

/** What a version does not know yet is left out, and said. */
async function ifKnown(what: string, write: () => Promise<void>): Promise<void> {
  try {
    await write();
  } catch (error) {
    process.stderr.write(`left out: ${what}: ${error instanceof Error ? error.message : error}\n`);
  }
}

const base64 = (text: string): string => Buffer.from(text).toString("base64");
const allOf = (Action: string, Resource = "*", more: object = {}): string =>
  JSON.stringify({
    Version: "2012-10-17",
    Statement: { Effect: "Allow", Action, Resource, ...more },
  });

/** A key with what a key can have. */
await ifKnown("a symmetric key", async () => {
  const { KeyMetadata } = await call("CreateKey", { Description: "é 鍵" });
  const { KeyId, Arn } = KeyMetadata;
  const EncryptionContext = { purpose: "upgrade", ключ: "🔑" };
  const first = await call("Encrypt", { KeyId, Plaintext: base64("first"), EncryptionContext });
  await call("CreateAlias", { AliasName: "alias/upgrade", TargetKeyId: KeyId });
  await call("TagResource", { KeyId, Tags: [{ TagKey: "stage", TagValue: "test" }] });
  const policy = {
    Version: "2012-10-17",
    Statement: [
      {
        Effect: "Allow",
        Principal: { AWS: `arn:aws:iam::${account}:root` },
        Action: "kms:*",
        Resource: "*",
      },
      {
        Effect: "Allow",
        Principal: { AWS: `arn:aws:iam::${account}:user/manager` },
        Action: "kms:Encrypt",
        Resource: "*",
      },
    ],
  };
  await call("PutKeyPolicy", { KeyId, Policy: JSON.stringify(policy) });
  await call("CreateGrant", {
    KeyId,
    GranteePrincipal: `arn:aws:iam::${account}:user/encryptor`,
    Operations: ["Decrypt"],
    Constraints: { EncryptionContextSubset: { purpose: "upgrade" } },
    Name: "reader",
  });
  const dataKey = await call("GenerateDataKey", { KeyId, KeySpec: "AES_256" });
  const blob = { CiphertextBlob: first["CiphertextBlob"], EncryptionContext };
  ask("Decrypt", blob);
  ask("Decrypt", blob, "encryptor");
  ask("Decrypt", blob, "nobody");
  ask("Decrypt", { ...blob, EncryptionContext: {} });
  ask("Decrypt", { CiphertextBlob: dataKey["CiphertextBlob"] });
  ask("Encrypt", { KeyId: Arn, Plaintext: "AA==", DryRun: true }, "manager");
  ask("DescribeKey", { KeyId: "alias/upgrade" });
  for (const operation of ["GetKeyPolicy", "ListGrants", "ListResourceTags", "ListAliases"])
    ask(operation, { KeyId });
  await ifKnown("rotation", async () => {
    await call("RotateKeyOnDemand", { KeyId });
    const second = await call("Encrypt", { KeyId, Plaintext: base64("second") });
    ask("Decrypt", { CiphertextBlob: second["CiphertextBlob"] });
    ask("Decrypt", blob);
    ask("ListKeyRotations", { KeyId, IncludeKeyMaterial: "ALL_KEY_MATERIAL" });
  });
});

await ifKnown("a key that is disabled, one that is to be deleted", async () => {
  const disabled = (await call("CreateKey", {})).KeyMetadata.KeyId;
  const { CiphertextBlob } = await call("Encrypt", { KeyId: disabled, Plaintext: "AA==" });
  await call("DisableKey", { KeyId: disabled });
  const deleted = (await call("CreateKey", {})).KeyMetadata.KeyId;
  await call("ScheduleKeyDeletion", { KeyId: deleted, PendingWindowInDays: 7 });
  ask("Decrypt", { CiphertextBlob });
  ask("DescribeKey", { KeyId: deleted });
});

const Message = base64("message");
for (const [KeySpec, SigningAlgorithm] of [
  ["RSA_2048", "RSASSA_PSS_SHA_256"],
  ["ECC_NIST_P256", "ECDSA_SHA_256"],
  ["ECC_NIST_EDWARDS25519", "ED25519_SHA_512"],
  ["ML_DSA_44", "ML_DSA_SHAKE_256"],
])
  await ifKnown(`${KeySpec}`, async () => {
    const { KeyMetadata } = await call("CreateKey", { KeySpec, KeyUsage: "SIGN_VERIFY" });
    const input = { KeyId: KeyMetadata.KeyId, Message, SigningAlgorithm };
    const { Signature } = await call("Sign", input);
    ask("Verify", { ...input, Signature });
    ask("GetPublicKey", { KeyId: KeyMetadata.KeyId });
  });
await ifKnown("HMAC_256", async () => {
  const spec = { KeySpec: "HMAC_256", KeyUsage: "GENERATE_VERIFY_MAC" };
  const { KeyId } = (await call("CreateKey", spec)).KeyMetadata;
  ask("GenerateMac", { KeyId, Message, MacAlgorithm: "HMAC_SHA_256" });
});
await ifKnown("RSA_2048 for encryption", async () => {
  const spec = { KeySpec: "RSA_2048", KeyUsage: "ENCRYPT_DECRYPT" };
  const { KeyId } = (await call("CreateKey", spec)).KeyMetadata;
  const input = { KeyId, EncryptionAlgorithm: "RSAES_OAEP_SHA_256" };
  const { CiphertextBlob } = await call("Encrypt", { ...input, Plaintext: base64("rsa") });
  ask("Decrypt", { ...input, CiphertextBlob });
});
await ifKnown("a key pair for data", async () => {
  const { KeyId } = (await call("CreateKey", {})).KeyMetadata;
  const pair = await call("GenerateDataKeyPair", { KeyId, KeyPairSpec: "ECC_NIST_P256" });
  ask("Decrypt", { CiphertextBlob: pair["PrivateKeyCiphertextBlob"] });
});
await ifKnown("imported key material", async () => {
  const { KeyId } = (await call("CreateKey", { Origin: "EXTERNAL" })).KeyMetadata;
  const WrappingAlgorithm = "RSAES_OAEP_SHA_256";
  const wanted = { KeyId, WrappingAlgorithm, WrappingKeySpec: "RSA_2048" };
  const { PublicKey, ImportToken } = await call("GetParametersForImport", wanted);
  const key = Buffer.from(String(PublicKey), "base64");
  const wrapped = publicEncrypt(
    {
      key,
      format: "der",
      type: "spki",
      padding: constants.RSA_PKCS1_OAEP_PADDING,
      oaepHash: "sha256",
    },
    randomBytes(32),
  );
  const EncryptedKeyMaterial = wrapped.toString("base64");
  const ExpirationModel = "KEY_MATERIAL_DOES_NOT_EXPIRE";
  await call("ImportKeyMaterial", { KeyId, ImportToken, EncryptedKeyMaterial, ExpirationModel });
  const { CiphertextBlob } = await call("Encrypt", { KeyId, Plaintext: base64("imported") });
  ask("Decrypt", { CiphertextBlob });
  ask("DescribeKey", { KeyId });
});
await ifKnown("a multi-Region key", async () => {
  const { KeyId } = (await call("CreateKey", { MultiRegion: true })).KeyMetadata;
  const { CiphertextBlob } = await call("Encrypt", { KeyId, Plaintext: base64("regions") });
  await call("ReplicateKey", { KeyId, ReplicaRegion: "eu-west-1" });
  ask("Decrypt", { CiphertextBlob });
  ask("DescribeKey", { KeyId });
});
await ifKnown("users, roles and sessions", async () => {
  const iam = new IAMClient(clientSettings(server, "admin"));
  const sts = new STSClient(clientSettings(server, "admin"));
  await iam.send(new CreateUserCommand({ UserName: "bob", Tags: [{ Key: "team", Value: "a" }] }));
  const PolicyDocument = allOf("kms:ListKeys");
  await iam.send(new PutUserPolicyCommand({ UserName: "bob", PolicyName: "list", PolicyDocument }));
  const { AccessKey } = await iam.send(new CreateAccessKeyCommand({ UserName: "bob" }));
  if (AccessKey?.AccessKeyId === undefined || AccessKey.SecretAccessKey === undefined)
    throw new TypeError("no access key");
  const AssumeRolePolicyDocument = JSON.stringify({
    Version: "2012-10-17",
    Statement: { Effect: "Allow", Action: "sts:AssumeRole", Principal: { AWS: account } },
  });
  await iam.send(new CreateRoleCommand({ RoleName: "reader", AssumeRolePolicyDocument }));
  const random = { PolicyName: "random", PolicyDocument: allOf("kms:ListAliases") };
  await iam.send(new PutRolePolicyCommand({ RoleName: "reader", ...random }));
  const RoleArn = `arn:aws:iam::${account}:role/reader`;
  const { Credentials } = await sts.send(
    new AssumeRoleCommand({ RoleArn, RoleSessionName: "session" }),
  );
  if (Credentials === undefined) throw new TypeError("no session");
  const bob = { accessKeyId: AccessKey.AccessKeyId, secretAccessKey: AccessKey.SecretAccessKey };
  const session = {
    accessKeyId: Credentials.AccessKeyId ?? "",
    secretAccessKey: Credentials.SecretAccessKey ?? "",
    sessionToken: Credentials.SessionToken ?? "",
  };
  for (const who of [bob, session])
    for (const operation of ["ListKeys", "ListAliases"]) ask(operation, {}, who);
});
ask("ListKeys", {});

const answered: AnsweredQuestion[] = [];
for (const { who, operation, input } of questions) {
  const { status, text } = await callRaw(server, who, operation, JSON.stringify(input));
  answered.push({ who, operation, input, status, answer: JSON.parse(text) });
}
const at = Date.now();
child.kill("SIGTERM");
await once(child, "exit");
const written: WrittenData = { at, questions: answered };
writeFileSync(join(folder, questionsFile), JSON.stringify(written));
const { status, stderr } = spawnSync(
  "tar",
  ["--sparse", "-czf", target, "-C", folder, "data", questionsFile],
  { encoding: "utf8" },
);
if (status !== 0) throw new Error(stderr);
rmSync(folder, { recursive: true });
