import {
  closeSync,
  existsSync,
  fsyncSync,
  mkdirSync,
  openSync,
  readdirSync,
  readFileSync,
  renameSync,
  rmSync,
  writeSync,
} from "node:fs";
import { dirname, join } from "node:path";
import { gunzipSync } from "node:zlib";
import { syncPath, writeAll } from "../journal-files.ts";

const compressed = ".gz";
const unfinished = ".new";

/** The files of one log. What is written is durable after `sync`; a replaced file, after it was replaced. */
export class LogFiles {
  readonly folder: string;
  /** Paths written since the last sync. */
  readonly #unsynced = new Set<string>();

  constructor(folder: string) {
    this.folder = folder;
    mkdirSync(folder, { recursive: true, mode: 0o700 });
  }

  /** The bytes of a file, whether it is compressed or not; undefined when there is none. */
  read(name: string): Buffer | undefined {
    const path = join(this.folder, name);
    if (existsSync(path)) return readFileSync(path);
    return existsSync(path + compressed) ? gunzipSync(readFileSync(path + compressed)) : undefined;
  }

  write(name: string, bytes: Uint8Array): void {
    const path = join(this.folder, name);
    mkdirSync(dirname(path), { recursive: true, mode: 0o700 });
    const file = openSync(path, "w", 0o600);
    try {
      writeAll(file, bytes, 0);
    } finally {
      closeSync(file);
    }
    this.#unsynced.add(path);
  }

  /** Puts a file in the place of another: a crash leaves the one or the other. */
  replace(name: string, bytes: Uint8Array): void {
    const path = join(this.folder, name);
    const file = openSync(path + unfinished, "w", 0o600);
    try {
      writeSync(file, bytes);
      fsyncSync(file);
    } finally {
      closeSync(file);
    }
    renameSync(path + unfinished, path);
    syncPath(dirname(path));
  }

  remove(name: string): void {
    const path = join(this.folder, name);
    rmSync(path, { force: true });
    rmSync(path + compressed, { force: true });
    this.#unsynced.delete(path);
  }

  /** Makes everything durable that was written. */
  sync(): void {
    const folders = new Set<string>();
    for (const path of this.#unsynced) {
      syncPath(path);
      for (let at = dirname(path); at.length >= this.folder.length; at = dirname(at))
        folders.add(at);
    }
    for (const folder of folders) syncPath(folder);
    this.#unsynced.clear();
  }

  /** The names of all files under a folder of the log, without the ending of compressed ones. */
  list(under: string): readonly string[] {
    const top = join(this.folder, under);
    if (!existsSync(top)) return [];
    return readdirSync(top, { recursive: true, withFileTypes: true })
      .filter((each) => each.isFile())
      .map((each) => join(each.parentPath, each.name).slice(this.folder.length + 1))
      .map((name) => (name.endsWith(compressed) ? name.slice(0, -compressed.length) : name));
  }
}
