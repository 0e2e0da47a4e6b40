import * as assert from "node:assert/strict";
import { spawnSync } from "node:child_process";
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { after, describe, test } from "node:test";
import { fileURLToPath } from "node:url";
import { genesis } from "../../src/audit/chain.ts";
import { logOrigin } from "../../src/audit/log-checkpoint.ts";
import { formatVerifierKey } from "../../src/audit/note.ts";
import { verifyLog } from "../../src/audit/verify-log.ts";
import { LogFiles } from "../../src/database/log/log-files.ts";
import { TileLog } from "../../src/database/log/tile-log.ts";
import { structuralEdit } from "../audit/structural-edits.ts";
import { installed, withoutClient } from "../conformance/clients.ts";
import { chooser, seed } from "../fuzz/mutate.ts";
import type { Files } from "../support/merkle-log.ts";
import { auditKey, deployment, readerOf, records, writeLog } from "../support/merkle-log.ts";

const python = "/usr/bin/python3";
const script = fileURLToPath(new URL("c2sp_log.py", import.meta.url));
const folder = mkdtempSync(join(tmpdir(), "keywright-c2sp-"));
after(() => rmSync(folder, { recursive: true, force: true }));

const trust = { deployment, boot: 1, publicKey: auditKey.publicKey };
const key = formatVerifierKey(logOrigin(deployment, 1), auditKey.publicKey);

/** Another byte of a file, other bytes, or none. */
type Change = string | null | readonly [offset: number, byte: number];
type Changes = Readonly<Record<string, Change>>;

/** What the verifier that knows C2SP's documents alone finds wrong with a log, and with each change of it. */
function second(log: string, changes?: readonly Changes[]): readonly (readonly string[])[] {
  const args = [script, key, log, ...(changes === undefined ? [] : ["-"])];
  const input = (changes ?? []).map((each) => `${JSON.stringify(each)}\n`).join("");
  const { status, stdout, stderr } = spawnSync(python, args, { input, maxBuffer: 2 ** 28 });
  assert.equal(status, 0, String(stderr));
  return String(stdout)
    .trim()
    .split("\n")
    .map((line) => JSON.parse(line) as readonly string[]);
}

/** What our own finds. */
function first(files: Files): readonly string[] {
  return verifyLog(readerOf(files), trust).faults.map(({ file }) => file);
}

function store(name: string, files: Files): string {
  for (const [file, bytes] of files) {
    const path = join(folder, name, file);
    mkdirSync(dirname(path), { recursive: true });
    writeFileSync(path, bytes);
  }
  return join(folder, name);
}

/** Runs a test where Python and its package are, which CI demands. */
function withPython(name: string, work: () => void): void {
  test(name, (context) => {
    const ready = spawnSync(python, ["-c", "import cryptography"]).status === 0;
    if (installed("python3").includes(python) && ready) work();
    else withoutClient(context, "python3-cryptography");
  });
}

describe(`a verifier written from C2SP's documents alone (FUZZ_SEED=${seed})`, () => {
  const log = writeLog({ records: records(1_000) });
  const name = store("log", log.files);

  withPython("finds nothing wrong with logs as the service writes them, at any size", () => {
    for (const size of [1, 2, 255, 256, 257, 512, 600]) {
      const files = new LogFiles(join(folder, `written-${size}`));
      const place = genesis(deployment);
      const written = TileLog.begin(1, files, { deployment, ...auditKey }, place);
      written.append(log.entries.slice(0, Math.ceil(size / 2)));
      written.sign(place);
      written.append(log.entries.slice(Math.ceil(size / 2), size));
      written.sign(place);
      written.settle();
      assert.deepEqual(second(files.folder), [[]], `${size} entries`);
      const reader = { list: () => files.list(""), read: (file: string) => files.read(file) };
      assert.deepEqual(verifyLog(reader, trust).faults, []);
    }
  });

  withPython("finds tiles of three levels as they should be", () => {
    const many = Array.from({ length: 66_000 }, (_, index) => Buffer.from(`{"record":${index}}`));
    assert.deepEqual(second(store("three", writeLog({ records: many }).files)), [[]]);
  });

  withPython("agrees on changed bytes, and names the same file", () => {
    const choose = chooser("changed bytes");
    const names = [...log.files.keys()];
    const edits = Array.from({ length: 300 }, () => {
      const file = names[choose(names.length)] ?? "checkpoint";
      const bytes = log.files.get(file) ?? Buffer.of();
      const at = choose(bytes.length);
      return { file, at, to: (bytes[at] ?? 0) ^ (1 + choose(255)) };
    });
    const found = second(
      name,
      edits.map(({ file, at, to }) => ({ [file]: [at, to] })),
    );
    for (const [index, { file, at, to }] of edits.entries()) {
      const bytes = Buffer.from(log.files.get(file) ?? []);
      bytes[at] = to;
      const own = first(new Map(log.files).set(file, bytes));
      const what = `byte ${at} of ${file} as ${to}`;
      assert.ok(own.includes(file), what);
      assert.ok(found[index]?.includes(file), what);
    }
  });

  withPython("agrees on structural edits, between which the log is as it was", () => {
    const choose = chooser("edits for two");
    const edits = Array.from({ length: 300 }, (_, index) =>
      index % 10 === 0 ? undefined : structuralEdit(log, choose),
    );
    const found = second(
      name,
      edits.map((edit) => changesTo(log.files, edit?.files ?? log.files)),
    );
    for (const [index, edit] of edits.entries()) {
      const what = `edit ${index}, ${edit?.kind}, of ${[...(edit?.touched ?? [])].join(", ")}`;
      assert.equal(first(edit?.files ?? log.files).length > 0, edit !== undefined, what);
      assert.equal((found[index]?.length ?? 0) > 0, edit !== undefined, what);
    }
  });
});

function changesTo(before: Files, now: Files): Changes {
  const changes: Record<string, Change> = {};
  for (const file of before.keys()) if (!now.has(file)) changes[file] = null;
  for (const [file, bytes] of now)
    if (before.get(file) !== bytes) changes[file] = bytes.toString("base64");
  return changes;
}
