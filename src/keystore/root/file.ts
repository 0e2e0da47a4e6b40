import { closeSync, fsyncSync, openSync, writeSync } from "node:fs";
import { dirname } from "node:path";
import { OperatorError } from "../../base/errors.ts";
import { secretBytes } from "../../base/secret-bytes.ts";
import { equalBytes, sha256 } from "../../crypto/hash.ts";
import { randomBytes } from "../../crypto/random.ts";
import { unwrap, wrap } from "../../crypto/wrap.ts";
import { readPrivateFile } from "./private-file.ts";
import type { RootKeyName, RootSource } from "./source.ts";

const magic = Buffer.from("KEYWRIGHT ROOT KEY 1\n", "latin1");
const checkedLength = magic.length + 32;
const fileLength = checkedLength + 8;

/**
 * A root source in a file that only its owner may read: a text line, 32 secret bytes, and 8 bytes of SHA-256 against
 * damage. The file is read when it is needed and not kept.
 */
export function fileRootSource(path: string): RootSource {
  return {
    kind: "file",
    wrap: async (name, rootKey) =>
      withSecret(path, (secret) => wrap(secret, identity(name), rootKey)),
    unwrap: async (name, wrapped) =>
      withSecret(path, (secret) => unwrap(secret, identity(name), wrapped)),
    close: async () => undefined,
  };
}

/** The first version goes without its number: it is from before root keys were rotated. */
function identity({ deployment, version }: RootKeyName): readonly string[] {
  return ["root-key", deployment, ...(version === 1 ? [] : [String(version)])];
}

/** Creates a root key file (0600, synced). Throws OperatorError when it exists. */
export function createRootFile(path: string): void {
  const secret = randomBytes(32);
  // In one piece: what Buffer.concat makes may stand in the shared pool, and stay there.
  const content = secretBytes(fileLength);
  content.set(magic);
  content.set(secret, magic.length);
  content.set(check(content), checkedLength);
  const file = openNew(path);
  try {
    writeSync(file, content);
    fsyncSync(file);
  } finally {
    closeSync(file);
    content.fill(0);
    secret.fill(0);
  }
  syncPath(dirname(path));
}

function check(content: Buffer): Buffer {
  return sha256(content.subarray(0, checkedLength)).subarray(0, 8);
}

function syncPath(folder: string): void {
  const handle = openSync(folder, "r");
  try {
    fsyncSync(handle);
  } finally {
    closeSync(handle);
  }
}

function openNew(path: string): number {
  try {
    return openSync(path, "wx", 0o600);
  } catch (cause) {
    throw new OperatorError(
      `cannot create the root key file ${path}: if it exists already, name another place with --root-key-file`,
      { cause },
    );
  }
}

function withSecret<T>(path: string, work: (secret: Uint8Array) => T): T {
  const content = readPrivateFile(
    path,
    fileLength,
    `cannot open the root key file ${path}: without it no key can be used. Restore it from your backup, or name its place with --root-key-file`,
  );
  try {
    const secret = content.subarray(magic.length, magic.length + 32);
    const sound =
      content.length === fileLength &&
      equalBytes(content.subarray(0, magic.length), magic) &&
      equalBytes(content.subarray(checkedLength), check(content));
    if (!sound)
      throw new OperatorError(
        `${path} is not an intact root key file: restore it from your backup`,
      );
    return work(secret);
  } finally {
    content.fill(0);
  }
}
