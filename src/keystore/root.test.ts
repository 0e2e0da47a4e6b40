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
import { IntegrityError, OperatorError } from "../base/errors.ts";
import { createRootFile, fileRootSource, RootKey } from "./root.ts";

const folder = mkdtempSync(join(tmpdir(), "keywright-root-"));
after(() => rmSync(folder, { recursive: true, force: true }));
let files = 0;

/** A new root key file. */
function newFile(): string {
  const path = join(folder, `root-${files++}.key`);
  createRootFile(path);
  return path;
}

const refuses = (path: string, message: RegExp): void =>
  assert.throws(
    () => fileRootSource(path),
    (error: unknown) => {
      assert.ok(error instanceof OperatorError);
      assert.match(error.message, message);
      return true;
    },
  );

test("a root key file is created for its owner only, and never over another", () => {
  const path = newFile();
  assert.equal(statSync(path).mode & 0o777, 0o600);
  const before = readFileSync(path);
  assert.throws(() => createRootFile(path), OperatorError);
  assert.deepEqual(readFileSync(path), before);
});

test("a file that others may read or write is refused, whoever they are", () => {
  const path = newFile();
  for (const mode of [0o604, 0o640, 0o602, 0o620, 0o601, 0o644, 0o777]) {
    chmodSync(path, mode);
    refuses(path, /can be read by others/);
  }
  chmodSync(path, 0o400);
  assert.equal(fileRootSource(path).name, "file");
});

test("a symbolic link is refused, even to an intact file", () => {
  const link = join(folder, "link.key");
  symlinkSync(newFile(), link);
  refuses(link, /cannot open the root key file/);
});

test("what is not a file is refused", () => {
  const path = join(folder, "folder.key");
  mkdirSync(path, { mode: 0o700 });
  refuses(path, /is not a file/);
  refuses(join(folder, "absent.key"), /without it no key can be used/);
});

test("a file of another user is refused", {
  skip: process.getuid?.() !== 0 && "needs root",
}, () => {
  const path = newFile();
  chownSync(path, 65_534, 65_534);
  refuses(path, /belongs to another user/);
});

test("a file with any bit flipped, cut or lengthened is refused", () => {
  const path = newFile();
  const whole = readFileSync(path);
  const refuseContent = (content: Uint8Array): void => {
    writeFileSync(path, content);
    refuses(path, /is not an intact root key file/);
  };
  for (let bit = 0; bit < whole.length * 8; bit++) {
    const other = Buffer.from(whole);
    other[bit >> 3] = (other[bit >> 3] ?? 0) ^ (1 << (bit & 7));
    refuseContent(other);
  }
  for (let length = 0; length < whole.length; length++) refuseContent(whole.subarray(0, length));
  refuseContent(Buffer.concat([whole, Buffer.of(0)]));
  writeFileSync(path, whole);
  assert.equal(fileRootSource(path).name, "file");
  truncateSync(path, 0);
  refuses(path, /is not an intact root key file/);
});

test("a root key unwraps under its own file and deployment only", () => {
  const source = fileRootSource(newFile());
  const wrapped = source.wrap("deployment-1", Buffer.alloc(32, 1));
  assert.deepEqual(source.unwrap("deployment-1", wrapped), Buffer.alloc(32, 1));
  assert.throws(() => source.unwrap("deployment-2", wrapped), IntegrityError);
  assert.throws(() => fileRootSource(newFile()).unwrap("deployment-1", wrapped), IntegrityError);
});

test("the messages about a root key file and the objects made of it hold no byte of it", () => {
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
