import {
  closeSync,
  existsSync,
  fsyncSync,
  mkdirSync,
  openSync,
  readFileSync,
  renameSync,
} from "node:fs";
import { join } from "node:path";
import type { LogCheckpoint } from "../audit/log-checkpoint.ts";
import { formatLogCheckpoint, parseLogCheckpoint } from "../audit/log-checkpoint.ts";
import { parseLogOrigin } from "../audit/witness.ts";
import { OperatorError } from "../base/errors.ts";
import { generateSigningKey } from "../crypto/signature.ts";
import { syncPath, writeAll } from "./journal-files.ts";

/** What a witness keeps in its folder: its own key, and the newest checkpoint of each log that it saw. */
export class WitnessMemory {
  readonly #folder: string;

  constructor(folder: string) {
    this.#folder = folder;
    mkdirSync(folder, { recursive: true, mode: 0o700 });
  }

  /** The witness's private key (PKCS#8); made when the folder is new. */
  key(): Buffer {
    const path = join(this.#folder, "witness.key");
    if (!existsSync(path)) this.#write("witness.key", generateSigningKey().privateKey);
    return readFileSync(path);
  }

  /** The newest checkpoint of a log. Throws OperatorError when the file is not as it was written. */
  find(origin: string): LogCheckpoint | undefined {
    const path = join(this.#folder, fileOf(origin));
    if (!existsSync(path)) return undefined;
    const checkpoint = parseLogCheckpoint(readFileSync(path, "utf8"));
    if (checkpoint?.origin === origin) return checkpoint;
    throw new OperatorError(`${path} is damaged: put it back from a backup of the witness`);
  }

  /** Remembers a checkpoint in the place of the one before, durably. */
  remember(checkpoint: LogCheckpoint): void {
    this.#write(fileOf(checkpoint.origin), Buffer.from(formatLogCheckpoint(checkpoint), "utf8"));
  }

  #write(name: string, bytes: Uint8Array): void {
    const path = join(this.#folder, name);
    const file = openSync(`${path}.new`, "w", 0o600);
    try {
      writeAll(file, bytes, 0);
      fsyncSync(file);
    } finally {
      closeSync(file);
    }
    renameSync(`${path}.new`, path);
    syncPath(this.#folder);
  }
}

function fileOf(origin: string): string {
  const log = parseLogOrigin(origin);
  if (log === undefined) throw new RangeError(`\`${origin}\` is no log of a deployment`);
  return `${log.deployment}-${String(log.boot).padStart(8, "0")}.checkpoint`;
}
