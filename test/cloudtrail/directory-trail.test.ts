import * as assert from "node:assert/strict";
import {
  appendFileSync,
  copyFileSync,
  readFileSync,
  renameSync,
  rmSync,
  statSync,
  symlinkSync,
  truncateSync,
  writeFileSync,
} from "node:fs";
import { dirname, join } from "node:path";
import { after, before, test } from "node:test";
import { gunzipSync, gzipSync } from "node:zlib";
import { installed, withoutClient } from "../conformance/clients.ts";
import { keptInDirectory } from "../s3/elsewhere-support.ts";
import { recordsIn } from "./delivery-support.ts";
import type { ValidationLab } from "./validate-logs-support.ts";
import { bucket, openLab } from "./validate-logs-support.ts";

const hours = [2, 0, 1];
const programs = installed("aws");
const program = programs.at(-1);
const kept = keptInDirectory(bucket);
const pathOf = (key: string): string => join(kept.directory, key);
let lab: ValidationLab;
let digests: readonly string[];
let logs: readonly string[];

before(async () => {
  const none = async () => ({});
  lab = await openLab(hours.length, {}, none, [["--buckets", kept.file]]);
  for (const calls of hours) await lab.hourOf(calls);
  digests = await lab.keys("CloudTrail-Digest/");
  logs = await lab.keys("CloudTrail/");
});
after(async () => {
  await lab.close();
  kept.remove();
});

test("what a trail delivers stands in the directory as in a bucket of AWS's, and nothing else", async () => {
  assert.deepEqual(kept.files(), await lab.keys(""));
  assert.ok(logs.length >= 3 && digests.length === 3);
  for (const key of logs) {
    assert.match(key, /^AWSLogs\/111122223333\/CloudTrail\/us-east-1\/\d{4}\/\d\d\/\d\d\//);
    const read = await lab.read(key);
    assert.equal(gunzipSync(readFileSync(pathOf(key))).toString(), read.text);
    assert.ok(recordsIn(Buffer.from(read.text)).length > 0);
  }
});

test("its group may read the files, and nobody else", () => {
  for (const key of [...logs, ...digests]) {
    assert.equal(statSync(pathOf(key)).mode & 0o777, 0o640);
    for (let folder = dirname(key); folder !== "."; folder = dirname(folder))
      assert.equal(statSync(pathOf(folder)).mode & 0o777, 0o750);
  }
});

for (const program of programs)
  test(`${program} finds a trail in a directory valid`, async () => {
    const { code, out, error } = await lab.validate(program);
    assert.equal(code, 0, out + error);
    assert.match(out, /\n3\/3 digest files valid\n(\d)\/\1 log files valid\n/);
  });

/** What somebody does to a file of the directory. */
const attacks: readonly (readonly [what: string, attack: (path: string) => void])[] = [
  ["was edited", (path) => edit(path, (text) => text.replace("111122223333", "111122223334"))],
  ["was written anew with the same text", (path) => edit(path, (text) => text, 1)],
  ["has one bit altered", flip],
  ["was cut off", (path) => truncateSync(path, statSync(path).size - 1)],
  ["got a second part", (path) => appendFileSync(path, gzipSync('{"Records":[]}'))],
  ["is missing", (path) => rmSync(path)],
  ["was replaced by another one", (path) => copyFileSync(pathOf(logs.at(-1) ?? ""), path)],
  ["is a link to a file that is the same", linkAway],
];

for (const [kind, attacked] of [
  ["log", attacks],
  ["digest", attacks.filter(([what]) => /edited|altered|missing/.test(what))],
] as const)
  for (const [what, attack] of attacked)
    test(`validate-logs reports a ${kind} that ${what}, and no other file`, async (t) => {
      if (program === undefined) return withoutClient(t, "aws");
      const key = (kind === "log" ? logs : digests).at(1) ?? "";
      const bytes = readFileSync(pathOf(key));
      attack(pathOf(key));
      const { code, error } = await lab.validate(program);
      rmSync(pathOf(key), { force: true });
      writeFileSync(pathOf(key), bytes, { mode: 0o640 });
      assert.equal(code, 1, error);
      const title = kind === "log" ? "Log" : "Digest";
      assert.ok(error.includes(`${title} file\ts3://${bucket}/${key}\tINVALID`), error);
      assert.equal(error.match(/INVALID/g)?.length, 1, error);
    });

test("a file that somebody adds is no object: nothing lists it, and nothing removes it", async () => {
  const [key = ""] = logs;
  const forged = `${key.slice(0, -".json.gz".length)}x.json.gz`;
  copyFileSync(pathOf(key), pathOf(forged));
  await lab.server.sweep();
  assert.equal((await lab.keys("")).includes(forged), false);
  assert.ok(kept.files().includes(forged));
  rmSync(pathOf(forged));
});

test("when all is put back, validate-logs finds all of it valid", async (t) => {
  if (program === undefined) return withoutClient(t, "aws");
  const { code, out, error } = await lab.validate(program);
  assert.equal(code, 0, out + error);
});

test("what is deleted goes from the directory with the next sweep", async () => {
  const key = logs.at(-1) ?? "";
  await lab.remove(key);
  assert.ok(kept.files().includes(key));
  await lab.server.sweep();
  assert.deepEqual(kept.files(), [...logs, ...digests].filter((each) => each !== key).toSorted());
});

function edit(path: string, change: (text: string) => string, level?: number): void {
  const before = readFileSync(path);
  const after = gzipSync(change(gunzipSync(before).toString()), { level });
  assert.notDeepEqual(after, before);
  writeFileSync(path, after);
}

function flip(path: string): void {
  const bytes = readFileSync(path);
  bytes[bytes.length >> 1] = (bytes[bytes.length >> 1] ?? 0) ^ 1;
  writeFileSync(path, bytes);
}

function linkAway(path: string): void {
  const target = join(kept.folder, "outside");
  renameSync(path, target);
  symlinkSync(target, path);
}
