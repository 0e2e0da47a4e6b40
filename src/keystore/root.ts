import { closeSync, constants, fstatSync, fsyncSync, openSync, readSync, writeSync } from "node:fs";
import { dirname } from "node:path";
import { OperatorError } from "../base/errors.ts";
import { equalBytes, sha256 } from "../crypto/hash.ts";
import { deriveKey } from "../crypto/kbkdf.ts";
import { randomBytes } from "../crypto/random.ts";
import { unwrap, wrap } from "../crypto/wrap.ts";

/** Something outside the database that can wrap and unwrap the root key. */
export interface RootSource {
  /** Stable name, stored beside what it wrapped: `file`, … */
  readonly name: string;
  wrap(deployment: string, rootKey: Uint8Array): Buffer;
  unwrap(deployment: string, wrapped: Uint8Array): Buffer;
}

/** The top of the key hierarchy in memory: wraps domain keys, seals rows that belong to no account. */
export class RootKey {
  readonly #bytes: Buffer;

  constructor(bytes: Buffer) {
    this.#bytes = bytes;
  }

  static generate(): RootKey {
    return new RootKey(randomBytes(32));
  }

  wrap(identity: readonly string[], secret: Uint8Array): Buffer {
    return wrap(this.#bytes, identity, secret);
  }

  unwrap(identity: readonly string[], wrapped: Uint8Array): Buffer {
    return unwrap(this.#bytes, identity, wrapped);
  }

  /** Key of the row seals of deployment-wide tables. */
  rowKey(): Buffer {
    return deriveKey(this.#bytes, "keywright/row/v1");
  }

  /** Key of the digest over the versions of everything stored. */
  stateKey(): Buffer {
    return deriveKey(this.#bytes, "keywright/state/v1");
  }

  wrapUnder(source: RootSource, deployment: string): Buffer {
    return source.wrap(deployment, this.#bytes);
  }

  toJSON(): string {
    return "[RootKey]";
  }
}

const magic = Buffer.from("KEYWRIGHT ROOT KEY 1\n", "latin1");
const fileLength = magic.length + 32 + 8;

/** A root source in a file that only its owner may read: a text line, 32 secret bytes, and 8 bytes of SHA-256 against damage. */
export function fileRootSource(path: string): RootSource {
  const secret = readRootFile(path);
  const identity = (deployment: string) => ["root-key", deployment];
  return {
    name: "file",
    wrap: (deployment, rootKey) => wrap(secret, identity(deployment), rootKey),
    unwrap: (deployment, wrapped) => unwrap(secret, identity(deployment), wrapped),
  };
}

/** Creates a root key file (0600, synced). Throws OperatorError when it exists. */
export function createRootFile(path: string): void {
  const secret = randomBytes(32);
  const content = Buffer.concat([magic, secret, sha256(magic, secret).subarray(0, 8)]);
  const file = openNew(path);
  try {
    writeSync(file, content);
    fsyncSync(file);
  } finally {
    closeSync(file);
    content.fill(0);
    secret.fill(0);
  }
  syncFolder(dirname(path));
}

function syncFolder(folder: string): void {
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
    throw new OperatorError(`cannot create the root key file ${path}: does it exist already?`, {
      cause,
    });
  }
}

function readRootFile(path: string): Buffer {
  const file = openExisting(path);
  try {
    const stat = fstatSync(file);
    const { mode, uid } = stat;
    if (!stat.isFile()) throw new OperatorError(`${path} is not a file`);
    if ((mode & 0o077) !== 0)
      throw new OperatorError(
        `${path} can be read by others: run \`chmod 600 ${path}\` and consider the root key exposed`,
      );
    if (process.getuid !== undefined && uid !== process.getuid())
      throw new OperatorError(
        `${path} belongs to another user: it must belong to the one who runs keywright`,
      );
    // One byte more than there should be, in memory of its own: readFileSync would use Buffer's shared pool.
    const buffer = Buffer.alloc(fileLength + 1);
    const content = buffer.subarray(0, readSync(file, buffer, 0, buffer.length, 0));
    const secret = content.subarray(magic.length, magic.length + 32);
    const sound =
      content.length === fileLength &&
      equalBytes(content.subarray(0, magic.length), magic) &&
      equalBytes(content.subarray(magic.length + 32), sha256(magic, secret).subarray(0, 8));
    if (!sound)
      throw new OperatorError(
        `${path} is not an intact root key file: restore it from your backup`,
      );
    return secret;
  } finally {
    closeSync(file);
  }
}

function openExisting(path: string): number {
  try {
    return openSync(path, constants.O_RDONLY | constants.O_NOFOLLOW | constants.O_NONBLOCK);
  } catch (cause) {
    throw new OperatorError(
      `cannot open the root key file ${path}: without it no key can be used. Restore it from your backup, or name its place with --root-key-file`,
      { cause },
    );
  }
}
