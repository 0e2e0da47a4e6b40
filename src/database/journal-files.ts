import {
  closeSync,
  existsSync,
  fdatasyncSync,
  fsyncSync,
  openSync,
  readdirSync,
  readFileSync,
  renameSync,
  rmSync,
  statfsSync,
  statSync,
  writeSync,
} from "node:fs";
import { join } from "node:path";
import type { Segment } from "../audit/verify.ts";

/** The files of a journal's folder. Whatever has its final name is whole: it is written under another name, synced and moved. */

/** There is no room on the disk. Nothing was changed; it may be tried again. */
export class NoRoomError extends Error {
  override readonly name = "NoRoomError";
}

export const headFile = "head.json";
const unfinished = ".new";
const spareFile = "spare.zeros";
const zeros = Buffer.alloc(1024 * 1024);

/** The segments of a journal, oldest first. */
export function listSegments(folder: string): readonly Segment[] {
  if (!existsSync(folder)) return [];
  const names = readdirSync(folder).filter((each) => /^journal-\d{16}\.kwj$/.test(each));
  return names.toSorted().map((name) => ({ name, bytes: () => readFileSync(join(folder, name)) }));
}

/** The sequence with which a segment begins, by its name. */
export function firstSequence(name: string): number {
  return Number(name.slice("journal-".length, -".kwj".length));
}

/** Removes the segments that hold nothing behind a sequence; the last one stays. */
export function removeSegments(folder: string, upTo: number): void {
  const names = listSegments(folder).map((segment) => segment.name);
  names.slice(0, -1).forEach((name, at) => {
    if (firstSequence(names[at + 1] ?? name) <= upTo + 1) rmSync(join(folder, name));
  });
}

/** The newest checkpoint kept beside the journal, as its payload. */
export function readHead(folder: string): Buffer | undefined {
  const path = join(folder, headFile);
  return existsSync(path) ? readFileSync(path) : undefined;
}

/**
 * Replaces the newest checkpoint kept beside the journal: a crash leaves the old one or the new one, and so does a full
 * disk (the journal itself has the new one, in room that was reserved).
 */
export function writeHead(folder: string, payload: Uint8Array): void {
  const path = join(folder, headFile);
  try {
    closeSync(createUnfinished(path + unfinished, payload, payload.length));
  } catch (error) {
    if (error instanceof NoRoomError) return;
    throw error;
  }
  renameSync(path + unfinished, path);
}

/** Removes what a crash left of files that were never finished. */
export function removeUnfinished(folder: string): void {
  for (const name of readdirSync(folder)) if (name.endsWith(unfinished)) rmSync(join(folder, name));
}

/** On a smaller disk the zeros of a spare could take the room of records. */
const ampleRoom = 16;

/** What becomes of a file's zeros: they are there, or are written; `piece by piece` each is synced, so that no commit waits for all of them. */
type Zeros = "made" | "missing" | "piece by piece";

/** Makes the zeros of the next segment ahead, so that no commit waits for them. Without ample room there is no spare. */
export function makeSpare(folder: string, size: number): void {
  if (hasSpare(folder, size) || !hasAmpleRoom(folder, size)) return;
  try {
    closeSync(createFile(folder, spareFile, Buffer.alloc(0), size, "piece by piece"));
  } catch (error) {
    if (!(error instanceof NoRoomError)) throw error;
  }
}

function hasAmpleRoom(folder: string, size: number): boolean {
  const { bavail, bsize } = statfsSync(folder);
  return bavail * bsize >= ampleRoom * size;
}

function hasSpare(folder: string, size: number): boolean {
  return statSync(join(folder, spareFile), { throwIfNoEntry: false })?.size === size;
}

/** What `createFile` does, with the zeros of the spare when that has the right size. */
export function createSegment(
  folder: string,
  name: string,
  start: Uint8Array,
  size: number,
): number {
  const spare = hasSpare(folder, size);
  if (spare) renameSync(join(folder, spareFile), join(folder, name + unfinished));
  return createFile(folder, name, start, size, spare ? "made" : "missing");
}

/**
 * Creates a file of `size` bytes that begins with `start` and goes on in zeros, durable with its name, and returns its
 * descriptor. Throws NoRoomError, having left nothing behind, when the disk is full.
 */
export function createFile(
  folder: string,
  name: string,
  start: Uint8Array,
  size: number,
  zerosAre: Zeros = "missing",
): number {
  const path = join(folder, name);
  const file = createUnfinished(path + unfinished, start, size, zerosAre);
  try {
    renameSync(path + unfinished, path);
  } catch (cause) {
    closeSync(file);
    rmSync(path + unfinished, { force: true });
    throw isFull(cause) ? new NoRoomError("the disk is full", { cause }) : cause;
  }
  try {
    syncPath(folder);
    return file;
  } catch (cause) {
    // Never a lack of room: the file has its name, so nothing may be written to the one before it.
    closeSync(file);
    throw new Error("a new file may not be in its folder", { cause });
  }
}

function createUnfinished(
  path: string,
  start: Uint8Array,
  size: number,
  zerosAre: Zeros = "missing",
): number {
  let file = -1;
  try {
    file = openSync(path, zerosAre === "made" ? "r+" : "w", 0o600);
    writeAll(file, start, 0);
    if (zerosAre === "missing") writeZeros(file, start.length, size);
    if (zerosAre === "piece by piece") writeZeros(file, start.length, size, fdatasyncSync);
    fsyncSync(file);
    return file;
  } catch (cause) {
    if (file >= 0) closeSync(file);
    rmSync(path, { force: true });
    throw isFull(cause) ? new NoRoomError("the disk is full", { cause }) : cause;
  }
}

function isFull(error: unknown): boolean {
  const code = error instanceof Error && "code" in error ? error.code : undefined;
  return code === "ENOSPC" || code === "EDQUOT" || code === "EFBIG";
}

/** Writes all the bytes at a position. */
export function writeAll(file: number, bytes: Uint8Array, position: number): void {
  for (let done = 0; done < bytes.length; )
    done += writeSync(file, bytes, done, bytes.length - done, position + done);
}

/** Fills a file with zeros from a position to an end; after each piece of them calls what is to be done with it. */
export function writeZeros(
  file: number,
  from: number,
  to: number,
  settle?: (file: number) => void,
): void {
  for (let at = from; at < to; at += zeros.length) {
    writeAll(file, zeros.subarray(0, Math.min(zeros.length, to - at)), at);
    settle?.(file);
  }
}

/** Makes a file's bytes durable, or the names of a folder's files. */
export function syncPath(path: string): void {
  const handle = openSync(path, "r");
  try {
    fsyncSync(handle);
  } finally {
    closeSync(handle);
  }
}
