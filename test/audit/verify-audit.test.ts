import * as assert from "node:assert/strict";
import {
  cpSync,
  mkdirSync,
  mkdtempSync,
  readFileSync,
  renameSync,
  rmSync,
  writeFileSync,
} from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { after, describe, test } from "node:test";
import { gunzipSync, gzipSync } from "node:zlib";
import { formatVerifierKey } from "../../src/audit/note.ts";
import { generateSigningKey } from "../../src/crypto/signature.ts";
import type { Finished } from "../support/command.ts";
import { keywright, start } from "../support/command.ts";
import type { Files } from "../support/merkle-log.ts";
import { auditKey, deployment, records, writeLog } from "../support/merkle-log.ts";

const folder = mkdtempSync(join(tmpdir(), "keywright-verify-"));
after(() => rmSync(folder, { recursive: true, force: true }));

const name = `keywright/${deployment}`;
const key = formatVerifierKey(name, auditKey.publicKey);
const logs = join(folder, "logs");
const one = writeLog({ records: records(600) });
const two = writeLog({ boot: 2, records: records(3, 600), previous: one });

function store(boot: number, files: Files): void {
  for (const [file, bytes] of files) {
    const path = join(logs, String(boot).padStart(8, "0"), file);
    mkdirSync(dirname(path), { recursive: true });
    writeFileSync(path, bytes);
  }
}
store(1, one.files);
store(2, two.files);

const verify = (...more: readonly string[]): Promise<Finished> =>
  keywright(["verify-audit", "--audit", "logs", "--audit-key", key, ...more], folder);

/** What is found while a file is not as it was. */
async function found(file: string, change: (bytes: Buffer) => Buffer): Promise<Finished> {
  const path = join(logs, file);
  const before = readFileSync(path);
  writeFileSync(path, change(before));
  const finished = await verify();
  writeFileSync(path, before);
  return finished;
}
const flip = (at: number) => (bytes: Buffer) => {
  const changed = Buffer.from(bytes);
  changed[at] = (changed[at] ?? 0) ^ 1;
  return changed;
};

describe("verify-audit with the public key alone", () => {
  test("needs neither a data folder nor a root key, and prints sizes and roots", async () => {
    const { code, out, error } = await verify();
    assert.equal(code, 0, error);
    assert.ok(out.includes(key));
    assert.match(out, /log of boot 1 +601 entries, records from 1 on, root \S{43}=/);
    assert.ok(out.includes(two.root.toString("base64")));
    assert.match(out, /^logs +intact$/m);
  });

  test("names the first bad record by boot, entry and position", async () => {
    const { code, error } = await found("00000001/tile/entries/001", flip(100));
    assert.equal(code, 1);
    assert.match(
      error,
      /in the log of boot 1, tile\/entries\/001, entry 256 \(record 256\): the record was edited/,
    );
  });

  test("names a file that was edited, and a log that was cut", async () => {
    const tile = await found("00000001/tile/0/000", flip(9));
    assert.match(tile.error, /in the log of boot 1, tile\/0\/000: the tile was edited/);
    const cut = await found(
      "00000002/checkpoint",
      () => one.files.get("checkpoint") ?? Buffer.of(),
    );
    assert.match(cut.error, /in the log of boot 2, checkpoint: the checkpoint is not a true one/);
  });

  test("names a log that is missing", async () => {
    renameSync(join(logs, "00000001"), join(folder, "aside"));
    const { code, error } = await verify();
    const kept = await verify("--kept-from", "601");
    renameSync(join(folder, "aside"), join(logs, "00000001"));
    assert.equal(code, 1);
    assert.match(error, /the logs before it are missing: it goes on behind keywright\/\S+\/1/);
    assert.equal(kept.code, 0, "their time to be kept may be over");
  });

  test("trusts the given key alone", async () => {
    const other = formatVerifierKey(name, generateSigningKey().publicKey);
    const { code, error } = await keywright(
      ["verify-audit", "--audit", "logs", "--audit-key", other],
      folder,
    );
    assert.equal(code, 1);
    assert.match(error, /boot 1, checkpoint: the checkpoint is not a true one/);
  });

  test("compares with checkpoints that were kept elsewhere", async () => {
    const shorter = writeLog({ records: records(20) });
    const longer = writeLog({ boot: 2, records: records(4, 600), previous: one });
    writeFileSync(join(folder, "shorter"), shorter.files.get("checkpoint") ?? "");
    writeFileSync(join(folder, "longer"), longer.files.get("checkpoint") ?? "");
    assert.equal((await verify("--checkpoint", "shorter")).code, 0);
    const { code, error } = await verify("--checkpoint", "shorter,longer");
    assert.equal(code, 1);
    assert.match(error, /boot 2, checkpoint: the log does not continue what was signed at 5/);
    writeFileSync(join(folder, "forged"), "keywright\n5\n\n");
    assert.match(
      (await verify("--checkpoint", "forged")).error,
      /is no checkpoint that the audit key/,
    );
  });

  test("reads compressed bundles, and names one that cannot be decompressed", async () => {
    const bundle = join(logs, "00000001/tile/entries/000");
    const bytes = readFileSync(bundle);
    rmSync(bundle);
    const compressed = gzipSync(bytes);
    assert.deepEqual(gunzipSync(compressed), bytes);
    writeFileSync(`${bundle}.gz`, compressed);
    assert.equal((await verify()).code, 0);
    writeFileSync(`${bundle}.gz`, compressed.subarray(0, 500));
    assert.match(
      (await verify()).error,
      /tile\/entries\/000, entry 0: the file is missing or cannot be read/,
    );
    rmSync(`${bundle}.gz`);
    writeFileSync(bundle, bytes);
  });

  test("reads what moved to an archive, and passes over what was interrupted", async () => {
    const bundle = join(logs, "00000001/tile/entries/001");
    const archived = join(folder, "archive/00000001/tile/entries/001.gz");
    const bytes = readFileSync(bundle);
    mkdirSync(dirname(archived), { recursive: true });
    writeFileSync(archived, gzipSync(bytes));
    writeFileSync(`${bundle}.gz`, gzipSync(bytes));
    writeFileSync(`${bundle}.gz.new`, "");
    assert.equal((await verify()).code, 0, "compressed, and not yet removed");
    for (const each of [bundle, `${bundle}.gz`, `${bundle}.gz.new`]) rmSync(each);
    assert.equal((await verify("--audit-archive", "archive")).code, 0);
    const without = await verify();
    assert.match(
      without.error,
      /tile\/entries\/001, entry 256 \(record 256\): the file is missing/,
    );
    assert.equal((await verify("--kept-from", "512")).code, 0);
    const edited = Buffer.from(bytes);
    edited[50] = 0;
    writeFileSync(archived, gzipSync(edited));
    assert.match((await verify("--audit-archive", "archive")).error, /entry 256 .*was edited/);
    writeFileSync(bundle, bytes);
  });

  test("says what it needs", async () => {
    const without = await keywright(["verify-audit", "--audit", "logs"], folder);
    assert.match(without.error, /--audit needs --audit-key with one key/);
    const empty = await keywright(["verify-audit", "--audit", ".", "--audit-key", key], folder);
    assert.match(empty.error, /holds no audit log/);
    const absent = await keywright(["verify-audit", "--audit", "no", "--audit-key", key], folder);
    assert.match(absent.error, /there is no folder/);
    for (const wrong of ["x", `${key}x`, formatVerifierKey("other", auditKey.publicKey)])
      assert.equal((await keywright(["verify-audit", "--audit-key", wrong], folder)).code, 2);
  });
});

describe("verify-audit in a data folder", () => {
  const data = join(folder, "keywright-data");

  test("prints a key with which a copy of the logs is verified elsewhere, beside the running server, too", async () => {
    const server = start(["start", "--listen", ":0"], folder);
    await server.printed(/Ctrl-C stops it/);
    const beside = await keywright(["verify-audit"], folder);
    assert.equal((await server.stop()).code, 0);
    assert.equal(beside.code, 0, beside.error);
    const after = await keywright(["verify-audit"], folder);
    assert.equal(after.code, 0, after.error);
    assert.match(after.out, /^logs +intact$/m);
    assert.match(after.out, /^journal +intact$/m);
    const [, printed = ""] = /^audit key +(\S+)$/m.exec(after.out) ?? [];
    cpSync(join(data, "audit", "log"), join(folder, "copy"), { recursive: true });
    const copy = await keywright(
      ["verify-audit", "--audit", "copy", "--audit-key", printed],
      folder,
    );
    assert.equal(copy.code, 0, copy.error);
    assert.match(copy.out, /log of boot 1 +1 entries/);
  });

  test("names what is wrong with logs and journal", async () => {
    const checkpoint = join(data, "audit", "log", "00000001", "checkpoint");
    writeFileSync(checkpoint, flip(3)(readFileSync(checkpoint)));
    const { code, error } = await keywright(["verify-audit"], folder);
    assert.equal(code, 1);
    assert.match(error, /boot 1, checkpoint: the checkpoint is not a true one/);
  });
});
