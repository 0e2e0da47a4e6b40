import {
  closeSync,
  existsSync,
  fsyncSync,
  mkdirSync,
  openSync,
  readdirSync,
  readFileSync,
  renameSync,
  rmdirSync,
  rmSync,
} from "node:fs";
import { dirname, join } from "node:path";
import { gunzipSync, gzipSync } from "node:zlib";
import { syncPath, writeAll } from "../journal-files.ts";

const compressed = ".gz";
const unfinished = ".new";

/**
 * The files of one log. What is written is durable after `sync`; a replaced file, after it was replaced. Old files may be in an archive,
 * from which they are read as if they were here.
 */
export class LogFiles {
  readonly folder: string;
  readonly #archive: string | undefined;
  /** Paths written since the last sync. */
  readonly #unsynced = new Set<string>();

  constructor(folder: string, archive?: string) {
    this.folder = folder;
    this.#archive = archive;
    mkdirSync(folder, { recursive: true, mode: 0o700 });
  }

  /** The bytes of a file, whether it is compressed or not; undefined when there is none. */
  read(name: string): Buffer | undefined {
    const path = join(this.folder, name);
    const plain = ifThere(() => readFileSync(path));
    if (plain !== undefined) return plain;
    const packed = ifThere(() => readFileSync(path + compressed));
    return packed === undefined ? this.#readArchived(name) : gunzipSync(packed);
  }

  /** Whether a file is here, and not compressed. */
  isPlain(name: string): boolean {
    return existsSync(join(this.folder, name));
  }

  /** Whether a file is here at all. */
  isHere(name: string): boolean {
    return this.isPlain(name) || this.isPlain(name + compressed);
  }

  /** Puts the compressed form of a file in its place. */
  compress(name: string): void {
    this.replace(name + compressed, gzipSync(readFileSync(join(this.folder, name))));
    rmSync(join(this.folder, name));
  }

  /** Moves a file into the archive. It leaves this folder when the archive gives it back as it was, and no sooner. */
  archive(name: string): void {
    if (this.#archive === undefined) throw new TypeError("there is no archive");
    const bytes = this.read(name);
    if (bytes === undefined) return;
    new LogFiles(this.#archive).replace(name + compressed, gzipSync(bytes));
    if (this.#readArchived(name)?.equals(bytes) !== true)
      throw new Error(`the archive does not give ${name} back as it was`);
    this.remove(name);
  }

  /** A log that was taken away is not begun anew in its place. */
  #makeFolderOf(path: string): void {
    if (!existsSync(this.folder)) throw new Error(`${this.folder} is away`);
    mkdirSync(dirname(path), { recursive: true, mode: 0o700 });
  }

  #readArchived(name: string): Buffer | undefined {
    const archive = this.#archive;
    if (archive === undefined) return undefined;
    const packed = ifThere(() => readFileSync(join(archive, name + compressed)));
    return packed && gunzipSync(packed);
  }

  write(name: string, bytes: Uint8Array): void {
    const path = join(this.folder, name);
    this.#makeFolderOf(path);
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
    this.#makeFolderOf(path);
    const file = openSync(path + unfinished, "w", 0o600);
    try {
      writeAll(file, bytes, 0);
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
    const folder = dirname(path);
    if (existsSync(folder) && readdirSync(folder).length === 0) rmdirSync(folder);
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
    const here = namesIn(this.folder, under);
    const known = new Set(here);
    const archived = this.#archive === undefined ? [] : namesIn(this.#archive, under);
    return [...here, ...archived.filter((name) => !known.has(name))];
  }
}

function namesIn(folder: string, under: string): readonly string[] {
  return pathsIn(join(folder, under))
    .map((path) => path.slice(folder.length + 1))
    .map((name) => (name.endsWith(compressed) ? name.slice(0, -compressed.length) : name));
}

/** The paths of all files under a folder. */
function pathsIn(folder: string): readonly string[] {
  const entries = ifThere(() => readdirSync(folder, { withFileTypes: true })) ?? [];
  return entries.flatMap((each) => {
    const path = join(folder, each.name);
    if (each.isDirectory()) return pathsIn(path);
    return each.isFile() ? [path] : [];
  });
}

/** What is read; undefined when it is not there. A running server may remove it at any moment, so nobody asks before. */
function ifThere<T>(read: () => T): T | undefined {
  try {
    return read();
  } catch (error) {
    if (error instanceof Error && "code" in error && error.code === "ENOENT") return undefined;
    throw error;
  }
}
