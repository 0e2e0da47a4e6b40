import { closeSync, existsSync, openSync, readFileSync, readSync } from "node:fs";

/** Whether the memory of other processes can be read here. */
export const canReadMemory = existsSync("/proc/self/mem");

/** What is searched for: a secret has been found when any `window` of its bytes has. */
export type Secrets = ReadonlyMap<string, Uint8Array>;

/** Copies of fewer bytes than two windows may be overlooked. */
const window = 16;

/** Pieces of secrets by their first four bytes; the first two are looked up in a table of bits first. */
interface Pieces {
  readonly begin: Uint8Array;
  readonly byStart: ReadonlyMap<number, readonly (readonly [name: string, piece: Buffer])[]>;
}

/** The secrets of which some piece stands in the memory that a process can write to. */
export function secretsIn(pid: number, secrets: Secrets): readonly string[] {
  const pieces = piecesOf(secrets);
  const memory = openSync(`/proc/${pid}/mem`, "r");
  const names = new Set<string>();
  for (const line of readFileSync(`/proc/${pid}/maps`, "utf8").trim().split("\n")) {
    const [, from = "", to = ""] = /^([\da-f]+)-([\da-f]+) rw/.exec(line) ?? [];
    if (from === "") continue;
    const end = Number.parseInt(to, 16);
    for (let at = Number.parseInt(from, 16); at < end; at += portion.length - window)
      if (read(memory, at, end)) search(pieces, names);
  }
  closeSync(memory);
  return [...names].toSorted();
}

const portion = Buffer.alloc(1 << 20);
const page = 4096;
const nothing = Buffer.alloc(page);

/** Reads a portion. */
function read(memory: number, at: number, end: number): boolean {
  portion.fill(0);
  try {
    readSync(memory, portion, 0, Math.min(portion.length, end - at), at);
  } catch {
    // A mapping may have gone since it was listed.
    return false;
  }
  return true;
}

function piecesOf(secrets: Secrets): Pieces {
  const begin = new Uint8Array(1 << 16);
  const byStart = new Map<number, (readonly [string, Buffer])[]>();
  for (const [name, secret] of secrets)
    for (let at = 0; at + window <= secret.length; at += window / 2) {
      const piece = Buffer.from(secret.subarray(at, at + window));
      const start = piece.readUInt32LE();
      begin[start & 0xffff] = 1;
      byStart.set(start, [...(byStart.get(start) ?? []), [name, piece]]);
    }
  return { begin, byStart };
}

/** Page by page: most of the memory that is set apart was never written. */
function search(pieces: Pieces, names: Set<string>): void {
  for (let from = 0; from < portion.length; from += page)
    if (!portion.subarray(from, from + page).equals(nothing))
      // What begins at the end of the page before, which may have been empty but for that, too.
      searchPage(
        pieces,
        names,
        Math.max(0, from - window),
        Math.min(from + page, portion.length - window),
      );
}

function searchPage(
  { begin, byStart }: Pieces,
  names: Set<string>,
  from: number,
  end: number,
): void {
  let low = portion[from] ?? 0;
  for (let at = from; at < end; at++) {
    const high = portion[at + 1] ?? 0;
    if (begin[low | (high << 8)] !== 0) {
      for (const [name, piece] of byStart.get(portion.readUInt32LE(at)) ?? [])
        if (portion.subarray(at, at + window).equals(piece)) names.add(name);
    }
    low = high;
  }
}
