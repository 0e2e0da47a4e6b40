import * as assert from "node:assert/strict";
import {
  chmodSync,
  chownSync,
  mkdirSync,
  mkdtempSync,
  readFileSync,
  rmSync,
  statSync,
  symlinkSync,
  truncateSync,
  writeFileSync,
} from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, test } from "node:test";
import { inspect } from "node:util";
import { IntegrityError, OperatorError } from "../../base/errors.ts";
import { RootKey } from "../root.ts";
import { createRootFile, fileRootSource } from "./file.ts";

const folder = mkdtempSync(join(tmpdir(), "keywright-root-"));
after(() => rmSync(folder, { recursive: true, force: true }));
let files = 0;

/** A new root key file. */
function newFile(): string {
  const path = join(folder, `root-${files++}.key`);
  createRootFile(path);
  return path;
}

const name = { deployment: "deployment-1", version: 1 };
const rootKey = Buffer.alloc(32, 1);

const opens = async (path: string): Promise<void> =>
  assert.doesNotReject(fileRootSource(path).wrap(name, rootKey));

const refuses = (path: string, message: RegExp): Promise<void> =>
  assert.rejects(fileRootSource(path).wrap(name, rootKey), (error: unknown) => {
    assert.ok(error instanceof OperatorError);
    assert.match(error.message, message);
    return true;
  });

test("a root key file is created for its owner only, and never over another", () => {
  const path = newFile();
  assert.equal(statSync(path).mode & 0o777, 0o600);
  const before = readFileSync(path);
  assert.throws(() => createRootFile(path), OperatorError);
  assert.deepEqual(readFileSync(path), before);
});

test("a file that others may read or write is refused, whoever they are", async () => {
  const path = newFile();
  for (const mode of [0o604, 0o640, 0o602, 0o620, 0o601, 0o644, 0o777]) {
    chmodSync(path, mode);
    await refuses(path, /can be read by others/);
  }
  chmodSync(path, 0o400);
  await opens(path);
});

test("a symbolic link is refused, even to an intact file", async () => {
  const link = join(folder, "link.key");
  symlinkSync(newFile(), link);
  await refuses(link, /cannot open the root key file/);
});

test("what is not a file is refused", async () => {
  const path = join(folder, "folder.key");
  mkdirSync(path, { mode: 0o700 });
  await refuses(path, /is not a file/);
  await refuses(join(folder, "absent.key"), /without it no key can be used/);
});

test("a file of another user is refused", {
  skip: process.getuid?.() !== 0 && "needs root",
}, async () => {
  const path = newFile();
  chownSync(path, 65_534, 65_534);
  await refuses(path, /belongs to another user/);
});

test("a file with any bit flipped, cut or lengthened is refused", async () => {
  const path = newFile();
  const whole = readFileSync(path);
  const refuseContent = async (content: Uint8Array): Promise<void> => {
    writeFileSync(path, content);
    await refuses(path, /is not an intact root key file/);
  };
  for (let bit = 0; bit < whole.length * 8; bit++) {
    const other = Buffer.from(whole);
    other[bit >> 3] = (other[bit >> 3] ?? 0) ^ (1 << (bit & 7));
    await refuseContent(other);
  }
  for (let length = 0; length < whole.length; length++)
    await refuseContent(whole.subarray(0, length));
  await refuseContent(Buffer.concat([whole, Buffer.of(0)]));
  writeFileSync(path, whole);
  await opens(path);
  truncateSync(path, 0);
  await refuses(path, /is not an intact root key file/);
});

test("a root key unwraps under its own file, deployment and version only", async () => {
  const source = fileRootSource(newFile());
  const wrapped = await source.wrap(name, rootKey);
  assert.deepEqual(await source.unwrap(name, wrapped), rootKey);
  for (const other of [
    { ...name, deployment: "deployment-2" },
    { ...name, version: 2 },
  ])
    await assert.rejects(source.unwrap(other, wrapped), IntegrityError);
  await assert.rejects(fileRootSource(newFile()).unwrap(name, wrapped), IntegrityError);
});

test("the messages about a root key file and the objects made of it hold no byte of it", async () => {
  const path = newFile();
  const secret = readFileSync(path).subarray(21, 53);
  const root = new RootKey(Buffer.from(secret));
  const source = fileRootSource(path);
  const printed = [root, source]
    .flatMap((each) => [inspect(each, { depth: 9, showHidden: true }), JSON.stringify(each)])
    .join("\n");
  for (const form of [secret.toString("hex"), secret.toString("base64"), inspect(secret)])
    assert.ok(!printed.includes(form));
});
