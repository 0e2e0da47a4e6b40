import { constants, open, rename, rm } from "node:fs/promises";
import { sha256 } from "../../../crypto/hash.ts";
import type { Folder } from "./folder.ts";
import { enter, openRoot } from "./folder.ts";
import type { OpenFile } from "./object-store.ts";
import { openFile } from "./open-file.ts";
import type { Place } from "./place.ts";
import { PlaceFailure } from "./place.ts";

/** What file systems allow a name to have. */
const longestName = 255;
const allows = 0o640;
const { O_CREAT, O_EXCL, O_NOFOLLOW, O_NONBLOCK, O_RDONLY, O_WRONLY } = constants;

/**
 * Objects as files of a directory, each under its key. A file is written under another name, which begins with a dot as no part of a key
 * does, synced and renamed, and its folder synced.
 */
export function directoryPlace(path: string): Place {
  const root: Root = { path, identity: undefined };
  return {
    write: ({ key, bytes }) =>
      within(root, key, true, async (folder, name) => {
        const unfinished = folder.pathOf(unfinishedName(name));
        try {
          await writeDurably(unfinished, bytes);
          await rename(unfinished, folder.pathOf(name));
        } catch (error) {
          // What is left of it is in the way of nothing: the next attempt removes it first.
          await rm(unfinished, { force: true }).catch(() => undefined);
          throw error;
        }
        await folder.sync();
      }),
    open: (key, { from }) =>
      within(root, key, false, (folder, name) => openPlain(folder.pathOf(name), from)),
    async remove(key) {
      try {
        await within(root, key, false, async (folder, name) => {
          await rm(folder.pathOf(name), { force: true });
          await folder.sync();
        });
      } catch (error) {
        // It may lack its folder, too.
        if (!(error instanceof PlaceFailure) || error.kind !== "no object") throw error;
      }
    },
    wipe: () => undefined,
  };
}

/** Lends the folder of a key, and its name there. Throws PlaceFailure. */
async function within<T>(
  root: Root,
  key: string,
  make: boolean,
  work: (folder: Folder, name: string) => Promise<T>,
): Promise<T> {
  const segments = segmentsOf(key);
  const name = segments.pop() ?? "";
  try {
    let folder = await openSame(root);
    try {
      for (const segment of segments) {
        const next = await enter(folder, segment, make);
        await folder.close();
        folder = next;
      }
      return await work(folder, name);
    } finally {
      await folder.close();
    }
  } catch (error) {
    throw failureOf(error);
  }
}

/** Where a directory is, and which one was there when it was first used. */
interface Root {
  readonly path: string;
  identity: string | undefined;
}

/** Opens the directory, unless another one has come to its place: a file system that was unmounted leaves an empty one behind. */
async function openSame(root: Root): Promise<Folder> {
  const opened = await openRoot(root.path).catch((cause: unknown) =>
    Promise.reject(unusable(cause)),
  );
  root.identity ??= opened.identity;
  if (root.identity === opened.identity) return opened;
  await opened.close();
  throw new PlaceFailure(
    "another directory has come to the place of the one that was there: restart the service if it is the right one",
    { kind: "unavailable" },
  );
}

/** The names that a key is made of. Throws PlaceFailure for a key that is no path of plain names. */
function segmentsOf(key: string): string[] {
  const segments = key.split("/");
  if (!segments.every(isName))
    throw new PlaceFailure(
      "The bucket is kept in a directory: between slashes a key must have names of at most 255 bytes that do not begin with a dot and have no control characters",
      { kind: "no such key" },
    );
  return segments;
}

function isName(segment: string): boolean {
  const length = Buffer.byteLength(segment, "utf8");
  return length > 0 && length <= longestName && /^[^.\p{Cc}][^\p{Cc}]*$/u.test(segment);
}

function unfinishedName(name: string): string {
  return `.keywright-${sha256(Buffer.from(name, "utf8")).toString("hex", 0, 16)}`;
}

async function writeDurably(path: string, bytes: Uint8Array): Promise<void> {
  await rm(path, { force: true });
  // Made anew: what somebody else put under this name, such as a link, is never written to.
  const file = await open(path, O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW, allows);
  try {
    await file.chmod(allows);
    await file.writeFile(bytes);
    await file.sync();
  } finally {
    await file.close();
  }
}

async function openPlain(path: string, from: number): Promise<OpenFile> {
  // A pipe would keep us waiting for who writes into it.
  const file = await open(path, O_RDONLY | O_NOFOLLOW | O_NONBLOCK);
  const isPlain = await file.stat().then(
    (found) => found.isFile(),
    () => false,
  );
  if (isPlain) return openFile(file, from);
  await file.close();
  throw new PlaceFailure("what stands under the key is not a file", { kind: "unavailable" });
}

/** Of a folder that is to stand where a file is, or the other way round; a symbolic link is neither. */
const inTheWay: readonly unknown[] = [
  "EEXIST",
  "EISDIR",
  "ELOOP",
  "ENOTDIR",
  "ENOTEMPTY",
  "ERR_FS_EISDIR",
];

function failureOf(cause: unknown): unknown {
  const code = codeOf(cause);
  if (code === undefined || cause instanceof PlaceFailure) return cause;
  if (inTheWay.includes(code))
    return new PlaceFailure(
      "The bucket is kept in a directory, where something else stands in the way of this key",
      { kind: "no such key", cause },
    );
  if (code === "ENOENT")
    return new PlaceFailure("the directory has no such file", { kind: "no object", cause });
  return unusable(cause);
}

function unusable(cause: unknown): PlaceFailure {
  const message = `the directory cannot be used (${codeOf(cause)})`;
  return new PlaceFailure(message, { kind: "unavailable", cause });
}

function codeOf(error: unknown): string | undefined {
  return error instanceof Error && "code" in error ? String(error.code) : undefined;
}
