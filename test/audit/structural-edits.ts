import { logOrigin } from "../../src/audit/log-checkpoint.ts";
import { parseTilePath, partialTiles, pathOf } from "../../src/audit/log-names.ts";
import { TileTree } from "../../src/audit/tile-tree.ts";
import { decodeBundle, encodeBundle, tilePath, tileWidth } from "../../src/audit/tiles.ts";
import { leafHash } from "../../src/audit/tree.ts";
import { generateSigningKey } from "../../src/crypto/signature.ts";
import type { Choose } from "../fuzz/mutate.ts";
import type { Files, WrittenLog } from "../support/merkle-log.ts";
import {
  checkpointOf,
  deployment,
  filesOf,
  record,
  records,
  writeLog,
} from "../support/merkle-log.ts";

/** A log with something wrong, and where that must be found. */
export interface Edit {
  readonly kind: string;
  readonly files: Files;
  /** The files one of which must be named. */
  readonly touched: ReadonlySet<string>;
  /** The record that must be named, where only one can be meant. */
  readonly index?: number;
}

type Change = (log: WrittenLog, choose: Choose) => Omit<Edit, "kind">;

const foreignKey = generateSigningKey();
const origin = logOrigin(deployment, 1);

function one<T>(from: readonly T[], choose: Choose): T {
  const chosen = from[choose(from.length)];
  if (chosen === undefined) throw new RangeError("nothing to choose from");
  return chosen;
}

const namesOf = ({ files }: WrittenLog): readonly string[] => [...files.keys()];
const bytesOf = (files: Files, name: string): Buffer => {
  const bytes = files.get(name);
  if (bytes === undefined) throw new RangeError(`no file ${name}`);
  return bytes;
};
const all = (log: WrittenLog): ReadonlySet<string> => new Set(namesOf(log));

/** The files with some exchanged; undefined removes one. */
function changed(files: Files, changes: Readonly<Record<string, Buffer | undefined>>): Files {
  const result = new Map(files);
  for (const [name, bytes] of Object.entries(changes))
    if (bytes === undefined) result.delete(name);
    else result.set(name, bytes);
  return result;
}

const edit = (
  { files }: WrittenLog,
  changes: Readonly<Record<string, Buffer | undefined>>,
  index?: number,
) => ({
  files: changed(files, changes),
  touched: new Set(Object.keys(changes)),
  ...(index === undefined ? {} : { index }),
});

/** A name of a tile that the log does not have. */
function newName(log: WrittenLog, choose: Choose): string {
  for (;;) {
    const level = one([0, 1, 2, "entries"] as const, choose);
    const width = one([tileWidth, 1 + choose(tileWidth - 1)], choose);
    const name = tilePath(level, one([0, 1, 2, 3, 4, 5, 1_000], choose), width);
    if (!log.files.has(name)) return name;
  }
}

/** Edits the entries of a bundle; `index` is the first one that is not as it was. */
function entriesEdit(
  log: WrittenLog,
  choose: Choose,
  work: (entries: readonly Buffer[]) => {
    readonly entries: readonly Buffer[];
    readonly at: number;
  },
) {
  const name = one(
    namesOf(log).filter((each) => each.startsWith("tile/entries/")),
    choose,
  );
  const { index = 0 } = parseTilePath(name) ?? {};
  const { entries, at } = work(decodeBundle(bytesOf(log.files, name)) ?? []);
  return edit(log, { [name]: encodeBundle(entries) }, index * tileWidth + at);
}

/** The checkpoints that the log went through. */
const earlier = new WeakMap<WrittenLog, readonly Buffer[]>();
function earlierCheckpoints(log: WrittenLog): readonly Buffer[] {
  const known = earlier.get(log);
  if (known !== undefined) return known;
  const tree = new TileTree();
  const made = log.entries.slice(0, -1).map((entry) => {
    tree.append([leafHash(entry)]);
    return checkpointOf(origin, tree.size, tree.root());
  });
  earlier.set(log, made);
  return made;
}

/** True logs whose parts are grafted into this one. */
const others = [
  writeLog({ boot: 1, records: records(1_000, 5_000) }),
  writeLog({ boot: 2, first: 1_001, records: records(1_000, 7_000) }),
] as const;

/** The same log with one other record, as its files would be: a few, since each takes hashing all. */
const forgeries = new Map<number, Files>();
function forged(log: WrittenLog, at: number): Files {
  const known =
    forgeries.get(at) ?? filesOf(log.entries.with(at, record(200_000 + at)), origin).files;
  forgeries.set(at, known);
  return known;
}
const forgedPlaces = [0, 1, 255, 256, 300, 511, 512, 700, 767, 768, 769, 900, 999, 1_000] as const;

const changes: Readonly<Record<string, Change>> = {
  removeFile: (log, choose) => edit(log, { [one(namesOf(log), choose)]: undefined }),
  renameFile(log, choose) {
    const name = one(namesOf(log), choose);
    return edit(log, { [name]: undefined, [newName(log, choose)]: bytesOf(log.files, name) });
  },
  copyFile: (log, choose) =>
    edit(log, { [newName(log, choose)]: bytesOf(log.files, one(namesOf(log), choose)) }),
  swapFiles(log, choose) {
    for (;;) {
      const [a, b] = [one(namesOf(log), choose), one(namesOf(log), choose)];
      const [first, second] = [bytesOf(log.files, a), bytesOf(log.files, b)];
      if (!first.equals(second)) return edit(log, { [a]: second, [b]: first });
    }
  },
  truncateFile(log, choose) {
    const name = one(namesOf(log), choose);
    const bytes = bytesOf(log.files, name);
    return edit(log, { [name]: bytes.subarray(0, choose(bytes.length)) });
  },
  extendFile(log, choose) {
    const name = one(namesOf(log), choose);
    const bytes = bytesOf(log.files, name);
    const from = choose(bytes.length);
    const more = bytes.subarray(from, from + 1 + choose(100));
    return edit(log, {
      [name]: Buffer.concat([bytes, one([more, Buffer.of(0), Buffer.of(10)], choose)]),
    });
  },
  cutOutOfFile(log, choose) {
    const name = one(namesOf(log), choose);
    const bytes = bytesOf(log.files, name);
    const from = choose(bytes.length);
    const rest = bytes.subarray(from + 1 + choose(64));
    return edit(log, { [name]: Buffer.concat([bytes.subarray(0, from), rest]) });
  },
  removeRecord: (log, choose) =>
    entriesEdit(log, choose, (entries) => {
      const at = choose(entries.length);
      return { entries: entries.toSpliced(at, 1), at };
    }),
  repeatRecord: (log, choose) =>
    entriesEdit(log, choose, (entries) => {
      const at = choose(entries.length);
      return {
        entries: entries.toSpliced(at, 0, one([entries[at] ?? record(1)], choose)),
        at: at + 1,
      };
    }),
  insertRecord: (log, choose) =>
    entriesEdit(log, choose, (entries) => {
      const at = choose(entries.length);
      return { entries: entries.toSpliced(at, 0, record(100_000 + choose(1_000))), at };
    }),
  replaceRecord: (log, choose) =>
    entriesEdit(log, choose, (entries) => {
      const at = choose(entries.length);
      return { entries: entries.with(at, record(100_000 + choose(1_000))), at };
    }),
  swapRecords: (log, choose) =>
    entriesEdit(log, choose, (entries) => {
      const at = choose(entries.length - 1);
      const other = at + 1 + choose(entries.length - at - 1);
      const [a, b] = [entries[at] ?? record(1), entries[other] ?? record(1)];
      return { entries: entries.with(at, b).with(other, a), at };
    }),
  emptyRecord: (log, choose) =>
    entriesEdit(log, choose, (entries) => {
      const at = choose(entries.length);
      return { entries: entries.with(at, Buffer.of()), at };
    }),
  forgeRecordAndTile(log, choose) {
    const at = one(forgedPlaces, choose);
    const files = forged(log, at);
    const tiles = [...files.keys()].filter((name) => name.startsWith("tile/"));
    const above = tiles.filter((name) => name.startsWith("tile/1/") && choose(2) === 0);
    const own = tiles.filter((name) => {
      const tile = parseTilePath(name);
      return tile?.level !== 1 && tile?.index === Math.floor(at / tileWidth);
    });
    const made = edit(
      log,
      Object.fromEntries([...own, ...above].map((name) => [name, bytesOf(files, name)])),
    );
    return { ...made, touched: new Set([...made.touched, "checkpoint", "tile/1/000.p/3"]) };
  },
  exchangeTileHashes(log, choose) {
    const name = one(
      ["tile/0/000", "tile/0/001", "tile/0/002", "tile/0/003.p/233", "tile/1/000.p/3"],
      choose,
    );
    const bytes = Buffer.from(bytesOf(log.files, name));
    const count = bytes.length / 32;
    const at = choose(count - 1);
    const other = at + 1 + choose(count - at - 1);
    const [a, b] = [at, other].map((each) =>
      Buffer.from(bytes.subarray(each * 32, each * 32 + 32)),
    );
    if (a === undefined || b === undefined) throw new RangeError("two hashes");
    a.copy(bytes, other * 32);
    b.copy(bytes, at * 32);
    return edit(log, { [name]: bytes });
  },
  changeWidth(log, choose) {
    const partial = namesOf(log).filter((each) => each.includes(".p/"));
    const name = one(partial, choose);
    const tile = parseTilePath(name) ?? { level: 0, index: 0, width: 1 };
    const width = 1 + choose(tileWidth - 1);
    if (width === tile.width) return edit(log, { [name]: undefined });
    const bytes = bytesOf(log.files, name);
    const hashes = Buffer.concat([bytes, Buffer.alloc(tileWidth * 32)]).subarray(0, width * 32);
    const entries = (decodeBundle(bytes) ?? []).slice(0, width);
    const content = tile.level === "entries" ? encodeBundle(entries) : hashes;
    return edit(log, { [name]: undefined, [pathOf({ ...tile, width })]: content });
  },
  oldCheckpoint(log, choose) {
    const size = 1 + choose(log.entries.length - 1);
    const checkpoint = earlierCheckpoints(log)[size - 1] ?? Buffer.of();
    const settled = one([checkpoint, bytesOf(log.files, "settled")], choose);
    // It needs partial files that are not there, or does not need files that are there.
    const partial = partialTiles(size).map(pathOf);
    return {
      files: changed(log.files, { checkpoint, settled }),
      touched: new Set([...namesOf(log), ...partial]),
    };
  },
  foreignCheckpoint(log, choose) {
    const size = log.entries.length;
    const checkpoint = one(
      [
        checkpointOf(origin, size, log.root, foreignKey),
        checkpointOf(logOrigin(deployment, 1 + choose(9) + 1), size, log.root),
        checkpointOf(logOrigin("0a1f6b0e-3c7d-4e8a-9b21-0c1d2e3f4a5b", 1), size, log.root),
        checkpointOf(`${origin}/`, size, log.root),
      ],
      choose,
    );
    return edit(log, { checkpoint });
  },
  changeCheckpoint(log, choose) {
    const text = bytesOf(log.files, "checkpoint").toString();
    const [signature = ""] = /\u2014.*\n$/u.exec(text) ?? [];
    const checkpoint = one(
      [
        text + signature,
        text + signature.replace(origin, "witness.example/w1"),
        text.replace("\n1001\n", "\n1000\n"),
        text.replace("\n1001\n", "\n01001\n"),
        text.replace("\n\n", "\nextension\n\n"),
        text.replace("\n\n", "\n\n\n"),
        text.replace(signature, ""),
        text.replace(log.root.toString("base64"), Buffer.alloc(32, choose(256)).toString("base64")),
        `\n${text}`,
        text.replaceAll("\n", "\r\n"),
      ],
      choose,
    );
    return edit(log, { checkpoint: Buffer.from(checkpoint) });
  },
  graft(log, choose) {
    const other = one(others, choose);
    const common = namesOf(log).filter((name) => other.files.has(name));
    const names = common.filter(() => choose(3) === 0);
    const chosen = names.length === 0 || names.includes("settled") ? [one(common, choose)] : names;
    if (chosen.length >= common.length - 1) return edit(log, { checkpoint: undefined });
    const made = edit(
      log,
      Object.fromEntries(chosen.map((name) => [name, bytesOf(other.files, name)])),
    );
    // Under another true checkpoint, what was left is what does not belong.
    return chosen.includes("checkpoint") ? { ...made, touched: all(log) } : made;
  },
  otherLog(log, choose) {
    const [, secondBoot] = others;
    const at = one(forgedPlaces, choose);
    const forgedRoot = checkpointOf(origin, log.entries.length, log.root, foreignKey);
    const rewritten = changed(forged(log, at), { checkpoint: forgedRoot, settled: forgedRoot });
    return { files: one([secondBoot.files, rewritten], choose), touched: all(log) };
  },
};

const kinds = Object.entries(changes);

/** Edits a log in one of many ways. */
export function structuralEdit(log: WrittenLog, choose: Choose): Edit {
  const [kind, change] = one(kinds, choose);
  return { kind, ...change(log, choose) };
}
