import { mkdir, open, readdir, rename, rm, stat } from "node:fs/promises";
import { dirname, join } from "node:path";
import type { ObjectStore } from "./object-store.ts";
import { openFile } from "./open-file.ts";

const wellFormed = /^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/;

/** Objects in files below a folder, each in one of 256 folders by the first two digits of its id. */
export function localStore(folder: string): ObjectStore {
  const folderOf = (id: string): string => {
    if (!wellFormed.test(id)) throw new TypeError("not the id of a file");
    return join(folder, id.slice(0, 2));
  };
  const pathOf = (id: string): string => join(folderOf(id), id);
  return {
    async write(id, bytes) {
      const made = await mkdir(folderOf(id), { recursive: true, mode: 0o700 });
      const unfinished = `${pathOf(id)}.new`;
      await writeDurably(unfinished, bytes);
      await rename(unfinished, pathOf(id));
      await sync(folderOf(id));
      if (made === undefined) return;
      await sync(folder);
      await sync(dirname(folder));
    },
    async open(id, { from }) {
      return openFile(await open(pathOf(id), "r"), from);
    },
    async *older(than) {
      for (const name of await names(folder)) yield* olderIn(join(folder, name), than);
    },
    async remove(id) {
      await rm(pathOf(id), { force: true });
      await rm(`${pathOf(id)}.new`, { force: true });
    },
  };
}

async function writeDurably(path: string, bytes: Uint8Array): Promise<void> {
  const file = await open(path, "w", 0o600);
  try {
    await file.writeFile(bytes);
    await file.sync();
  } finally {
    await file.close();
  }
}

/** A name is durable when its folder is. */
async function sync(folder: string): Promise<void> {
  const handle = await open(folder, "r");
  try {
    await handle.sync();
  } finally {
    await handle.close();
  }
}

async function* olderIn(folder: string, than: Date): AsyncIterable<string> {
  for (const name of await names(folder)) {
    const id = name.replace(/\.new$/, "");
    if (!wellFormed.test(id)) continue;
    // One that has gone since is nobody's to remove.
    const { mtime } = await stat(join(folder, name)).catch(() => ({ mtime: than }));
    if (mtime < than) yield id;
  }
}

async function names(folder: string): Promise<readonly string[]> {
  try {
    return await readdir(folder);
  } catch (error) {
    // No object was ever stored.
    if (error instanceof Error && "code" in error && error.code === "ENOENT") return [];
    throw error;
  }
}
