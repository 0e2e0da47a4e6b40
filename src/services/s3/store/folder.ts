import { existsSync } from "node:fs";
import type { FileHandle } from "node:fs/promises";
import { constants, mkdir, open } from "node:fs/promises";
import { join } from "node:path";

/**
 * A folder that is held open. On Linux, names in it are looked up from the open folder itself: whoever replaces it, or a folder above it,
 * by a symbolic link leads us nowhere. Elsewhere that is so only until the next lookup.
 */
export interface Folder {
  /** Of something in it. */
  pathOf(name: string): string;
  /** Resolves when what was done to names in it is durable. */
  sync(): Promise<void>;
  close(): Promise<void>;
}

/** A folder, and what tells it from any other on this machine. */
export interface RootFolder extends Folder {
  readonly identity: string;
}

const isFolder = constants.O_RDONLY | constants.O_DIRECTORY;
const descriptors = "/proc/self/fd";
const allows = 0o750;
/** Set-user-id, set-group-id and sticky bits: a folder may hand its group on to those in it. */
const inherited = 0o7000;

/** Opens a folder that is there, also through a symbolic link: it is the operator's choice. */
export async function openRoot(path: string): Promise<RootFolder> {
  const handle = await open(path, isFolder);
  try {
    const { dev, ino } = await handle.stat({ bigint: true });
    return { ...folder(handle, path), identity: `${dev}/${ino}` };
  } catch (error) {
    await handle.close();
    throw error;
  }
}

/** Opens a folder in another one, never through a symbolic link; makes it where asked to. */
export async function enter(parent: Folder, name: string, make: boolean): Promise<Folder> {
  const path = parent.pathOf(name);
  const isNew = make && (await makeFolder(path));
  const handle = await open(path, isFolder | constants.O_NOFOLLOW);
  const entered = folder(handle, path);
  try {
    if (isNew) {
      const { mode } = await handle.stat();
      await handle.chmod((mode & inherited) | allows);
      await parent.sync();
    }
    return entered;
  } catch (error) {
    await entered.close();
    throw error;
  }
}

function folder(handle: FileHandle, path: string): Folder {
  const held = existsSync(descriptors) ? join(descriptors, String(handle.fd)) : path;
  return {
    pathOf: (name) => join(held, name),
    sync: () => handle.sync(),
    close: () => handle.close(),
  };
}

/** Whether it was not there before. */
async function makeFolder(path: string): Promise<boolean> {
  try {
    await mkdir(path, allows);
    return true;
  } catch (error) {
    if (error instanceof Error && "code" in error && error.code === "EEXIST") return false;
    throw error;
  }
}
