import * as assert from "node:assert/strict";
import { createHash, generateKeyPairSync, sign } from "node:crypto";
import { globSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { after, before, test } from "node:test";
import { installed, withoutClient } from "../conformance/clients.ts";
import type { Delivered, ValidationLab } from "./validate-logs-support.ts";
import { bucket, openLab } from "./validate-logs-support.ts";

const hours = [2, 0, 3, 0, 0, 2];
const programs = installed("aws");
const program = programs.at(-1);
let lab: ValidationLab;
let digests: readonly string[];
let logs: readonly string[];

before(async () => {
  lab = await openLab(hours.length, { S3KeyPrefix: "audit", IsMultiRegionTrail: true });
  for (const [index, calls] of hours.entries())
    await lab.hourOf(calls, index < 2 ? "eu-west-1" : "us-east-1");
  digests = await lab.keys("CloudTrail-Digest/us-east-1");
  logs = await lab.keys("CloudTrail/us-east-1");
});
after(() => lab.close());

for (const program of programs)
  test(`${program} finds a busy trail with empty hours valid`, async () => {
    const { code, out, error } = await lab.validate(program);
    assert.equal(error, "");
    assert.match(out, /\n6\/6 digest files valid\n6\/6 log files valid\n/);
    assert.equal(code, 0);
  });

test("the digests of another region are valid there, signed with that region's key", async (t) => {
  if (program === undefined) return withoutClient(t, "aws");
  const { code, out, error } = await lab.validate(program, "eu-west-1");
  assert.equal(error, "");
  assert.equal(code, 0);
  assert.match(out, /_CloudTrail_eu-west-1_.*\tvalid\n/);
  assert.match(out, /\n6\/6 digest files valid\n2\/2 log files valid\n/);
});

/** What a test does to a trail, and the complaints that must come of it and no others. */
interface Attack {
  readonly what: string;
  /** Objects to replace; those that are there already are put back behind the test. */
  readonly replace?: () => Promise<readonly Delivered[]>;
  readonly remove?: () => readonly string[];
  readonly complaints: () => readonly string[];
  readonly summary: RegExp;
}

const at = (keys: readonly string[], index: number): string => keys.at(index) ?? "";
const complaint = (kind: "Digest" | "Log", key: string, what: string): string =>
  `${kind} file\ts3://${bucket}/${key}\tINVALID: ${what}`;

const edit = async (key: string, from: string | RegExp, to: string): Promise<Delivered> => {
  const { text, ...rest } = await lab.read(key);
  const edited = text.replace(from, to);
  assert.notEqual(edited, text);
  return { ...rest, text: edited };
};

/** A digest over an edited log, signed as CloudTrail signs, but by a key of the attacker's. */
async function forge(): Promise<readonly Delivered[]> {
  const log = await edit(at(logs, 0), "StartLogging", "StopLogging");
  const { key, text, metadata } = await lab.read(at(digests, 0));
  const hash = createHash("sha256").update(log.text).digest("hex");
  const known = createHash("sha256")
    .update((await lab.read(log.key)).text)
    .digest("hex");
  const forged = text.replace(known, hash);
  assert.notEqual(forged, text);
  const { digestEndTime } = JSON.parse(text) as { readonly digestEndTime: string };
  const digestHash = createHash("sha256").update(forged).digest("hex");
  const signed = [digestEndTime, `${bucket}/${key}`, digestHash, "null"].join("\n");
  const { privateKey } = generateKeyPairSync("rsa", { modulusLength: 2_048 });
  const signature = sign("sha256", Buffer.from(signed), privateKey).toString("hex");
  return [log, { key, text: forged, metadata: { ...metadata, signature } }];
}

const attacks: readonly Attack[] = [
  {
    what: "an edited log",
    replace: async () => [
      await edit(at(logs, 2), /"sourceIPAddress":"[^"]*"/, '"sourceIPAddress":"192.0.2.1"'),
    ],
    complaints: () => [complaint("Log", at(logs, 2), "hash value doesn't match")],
    summary: /6\/6 digest files valid\n5\/6 log files valid, 1\/6 log files INVALID/,
  },
  {
    what: "a log with one space more",
    replace: async () => [await edit(at(logs, -1), "}]}", "}] }")],
    complaints: () => [complaint("Log", at(logs, -1), "hash value doesn't match")],
    summary: /1\/6 log files INVALID/,
  },
  {
    what: "a deleted log",
    remove: () => [at(logs, 1)],
    complaints: () => [complaint("Log", at(logs, 1), "not found")],
    summary: /1\/6 log files INVALID/,
  },
  {
    what: "an edited digest",
    replace: async () => [await edit(at(digests, 2), /"logFiles":\[.*\]/, '"logFiles":[]')],
    complaints: () => [complaint("Digest", at(digests, 2), "signature verification failed")],
    summary: /5\/6 digest files valid, 1\/6 digest files INVALID/,
  },
  {
    what: "a digest whose link to the one before was taken away",
    replace: async () => [
      await edit(
        at(digests, 3),
        /"previousDigestS3Bucket":"[^"]*"/,
        '"previousDigestS3Bucket":null',
      ),
    ],
    complaints: () => [complaint("Digest", at(digests, 3), "signature verification failed")],
    summary: /1\/6 digest files INVALID/,
  },
  {
    what: "a deleted digest: a broken chain",
    remove: () => [at(digests, 3)],
    complaints: () => [complaint("Digest", at(digests, 3), "not found")],
    summary: /5\/6 digest files valid, 1\/6 digest files INVALID/,
  },
  {
    what: "a forged signature",
    replace: forge,
    complaints: () => [complaint("Digest", at(digests, 0), "signature verification failed")],
    summary: /5\/6 digest files valid, 1\/6 digest files INVALID/,
  },
  {
    what: "a digest of the attacker's own key, which no list of public keys has",
    replace: async () => [
      await edit(
        at(digests, 1),
        /"digestPublicKeyFingerprint":"../,
        '"digestPublicKeyFingerprint":"xx',
      ),
    ],
    complaints: () => [],
    summary: /1\/6 digest files INVALID/,
  },
  {
    what: "a digest without its signature",
    replace: async () => [{ ...(await lab.read(at(digests, 4))), metadata: {} }],
    complaints: () => [complaint("Digest", at(digests, 4), "signature verification failed")],
    summary: /1\/6 digest files INVALID/,
  },
  {
    what: "a digest that was moved",
    replace: async () => [{ ...(await lab.read(at(digests, 1))), key: at(digests, 2) }],
    complaints: () => [
      complaint("Digest", at(digests, 2), "has been moved from its original location"),
    ],
    summary: /1\/6 digest files INVALID/,
  },
];

for (const { what, replace, remove, complaints, summary } of attacks)
  test(`validate-logs catches ${what}`, async (t) => {
    if (program === undefined) return withoutClient(t, "aws");
    const replaced = (await replace?.()) ?? [];
    const removed = remove?.() ?? [];
    const touched = [...replaced.map(({ key }) => key), ...removed];
    const before = await Promise.all(touched.map((key) => lab.read(key)));
    await lab.replace(...replaced);
    for (const key of removed) await lab.remove(key);
    const { code, out, error } = await lab.validate(program);
    await lab.replace(...before);
    assert.equal(code, 1, error);
    for (const each of complaints()) assert.ok(error.includes(each), `${each}\n${error}`);
    assert.equal(error.match(/INVALID/g)?.length, 1, error);
    assert.match(out, summary);
  });

for (const kind of ["log", "digest"] as const)
  test(`validate-logs catches a ${kind} whose bytes were altered on the disk`, async (t) => {
    if (program === undefined) return withoutClient(t, "aws");
    const key = at(kind === "log" ? logs : digests, 1);
    const { path, bytes } = await fileOf(key);
    const { code, error } = await lab.validate(program);
    writeFileSync(path, bytes);
    assert.equal(code, 1, error);
    const title = kind === "log" ? "Log" : "Digest";
    assert.ok(error.includes(complaint(title, key, "")), error);
  });

/** The file that holds an object: it comes back altered, with what was in it. */
async function fileOf(key: string): Promise<{ readonly path: string; readonly bytes: Buffer }> {
  for (const path of globSync(join(lab.server.folder, "objects", "*", "*"))) {
    const bytes = readFileSync(path);
    const altered = Buffer.from(bytes);
    altered[bytes.length - 1] = (altered.at(-1) ?? 0) ^ 1;
    writeFileSync(path, altered);
    const isRead = await lab.read(key).then(
      () => true,
      () => false,
    );
    if (!isRead) return { path, bytes };
    writeFileSync(path, bytes);
  }
  throw new assert.AssertionError({ message: `${key} has no file` });
}

test("when all is put back, validate-logs finds all of it valid", async (t) => {
  if (program === undefined) return withoutClient(t, "aws");
  const { code, out, error } = await lab.validate(program);
  assert.equal(code, 0, error);
  assert.match(out, /\n6\/6 digest files valid\n6\/6 log files valid\n/);
});
