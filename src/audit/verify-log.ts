import { equalBytes } from "../crypto/hash.ts";
import type { LogBeginning } from "./log-beginning.ts";
import { parseLogBeginning } from "./log-beginning.ts";
import type { LogCheckpoint } from "./log-checkpoint.ts";
import { logOrigin, parseLogCheckpoint } from "./log-checkpoint.ts";
import { parseTilePath, partialTiles, pathOf, widthAt } from "./log-names.ts";
import type { Work } from "./log-work.ts";
import { plainWork } from "./log-work.ts";
import { verifierKey } from "./note.ts";
import { nodesOf } from "./tile-nodes.ts";
import { tileWidth } from "./tiles.ts";
import { rootOf } from "./tree.ts";
import type { LogReader, TreeFault } from "./tree-check.ts";
import { reachesBehind, TreeCheck } from "./tree-check.ts";

/** What a log is verified with. */
export interface LogTrust {
  readonly deployment: string;
  readonly boot: number;
  /** SPKI of the deployment's audit key. */
  readonly publicKey: Uint8Array;
  /** Whether the log may still grow, or was interrupted: then files may lie behind the checkpoint, which nobody has signed. */
  readonly growing?: boolean;
  /** Records before this position may have been removed, because their time to be kept is over. */
  readonly keptFrom?: number;
  /** Checkpoints of this log that are known from elsewhere. */
  readonly remembered?: readonly Pick<LogCheckpoint, "size" | "root">[];
}

/** Something wrong with the log of a boot: a record, or a file. */
export interface LogFault extends TreeFault {
  readonly boot: number;
  /** The position of the first bad record in the deployment; absent for the entry that begins a log. */
  readonly position?: number;
}

export interface LogVerification {
  readonly boot: number;
  readonly origin: string;
  /** The newest checkpoint; absent when it is not a true one. */
  readonly checkpoint?: LogCheckpoint;
  /** What the log's first entry says; absent when that is not a true one. */
  readonly beginning?: LogBeginning;
  /** Entries that are gone because their time to be kept is over. */
  readonly lacking: number;
  /** Files behind the checkpoint, which nobody has signed. */
  readonly unsigned: number;
  /** All that is wrong, the first first. */
  readonly faults: readonly LogFault[];
}

/** The name of a log's newest checkpoint, and of the newest one whose files are known to be on the disk. */
const checkpointFile = "checkpoint";
const settledFile = "settled";

/** Checks a whole log with the public key alone: signatures, every record, every tile, and that no file is missing or too many. */
export function verifyLog(
  reader: LogReader,
  trust: LogTrust,
  work: Work = plainWork,
): LogVerification {
  const origin = logOrigin(trust.deployment, trust.boot);
  const { checkpoint, edge } = readEdge(reader, trust, work);
  const fault = (file: string, reason: string): LogFault => ({ boot: trust.boot, file, reason });
  const found = { boot: trust.boot, origin, lacking: 0, unsigned: 0 };
  if (checkpoint === undefined)
    return { ...found, faults: [fault(checkpointFile, "the checkpoint is not a true one")] };
  const settled = openCheckpoint(reader.read(settledFile), trust, work);
  const names = checkNames(reader.list(), checkpoint.size, settled?.size ?? 0, trust);
  const { tree, beginning } = checkTree(reader, trust, { checkpoint, edge, work });
  const position = positionsOf(beginning);
  const faults: LogFault[] = [
    ...names.faults,
    ...tree.faults.map((each) => ({ boot: trust.boot, ...each, ...position(each.index) })),
  ];
  if (settled === undefined)
    faults.push(fault(settledFile, "the checkpoint is missing, or not a true one"));
  if (beginning === undefined && faults.length === 0)
    faults.push(fault(checkpointFile, "the log does not begin with its own beginning"));
  if (faults.length === 0) {
    const read = (name: string): Uint8Array | undefined => edge.get(name) ?? reader.read(name);
    const older = olderFaults({ read, size: checkpoint.size }, settled, trust.remembered);
    faults.push(...older.map(([file, reason]) => fault(file, reason)));
  }
  const result = { ...found, checkpoint, lacking: tree.lacking, unsigned: names.unsigned, faults };
  return beginning === undefined ? result : { ...result, beginning };
}

interface Edge {
  readonly checkpoint?: LogCheckpoint;
  readonly edge: ReadonlyMap<string, Uint8Array>;
}

/** How often the checkpoint of a log that grows is read again before its partial files count as missing. */
const patience = 8;

/** The newest checkpoint with the partial files that it needs. */
function readEdge(reader: LogReader, trust: LogTrust, work: Work): Edge {
  for (let again = 1; ; again++) {
    const checkpoint = openCheckpoint(reader.read(checkpointFile), trust, work);
    const edge = new Map<string, Uint8Array>();
    if (checkpoint === undefined) return { edge };
    const names = partialNames(checkpoint.size);
    for (const name of names) {
      const bytes = reader.read(name);
      if (bytes !== undefined) edge.set(name, bytes);
    }
    // Who writes the log puts the next checkpoint in its place before the partial files of this one go.
    const whole = edge.size === names.length;
    if (whole || trust.growing !== true || again === patience) return { checkpoint, edge };
  }
}

function partialNames(size: number): readonly string[] {
  const tiles = partialTiles(size);
  const bundles = tiles.filter(({ level }) => level === 0);
  return [...tiles, ...bundles.map((each) => ({ ...each, level: "entries" as const }))].map(pathOf);
}

/** Opens a checkpoint that the deployment's key alone has signed, as the log of this boot. */
function openCheckpoint(
  note: Uint8Array | undefined,
  { deployment, boot, publicKey }: LogTrust,
  work: Work,
): LogCheckpoint | undefined {
  const origin = logOrigin(deployment, boot);
  const opened = note && work.open(note, verifierKey(origin, publicKey));
  const checkpoint = opened && parseLogCheckpoint(opened.text);
  return opened?.ignored === 0 && checkpoint?.origin === origin ? checkpoint : undefined;
}

/** Finds files that do not belong to a log. */
function checkNames(
  names: Iterable<string>,
  size: number,
  settled: number,
  { boot, growing = false }: LogTrust,
): { readonly faults: readonly LogFault[]; readonly unsigned: number } {
  const faults: LogFault[] = [];
  const seen = new Set<string>();
  let unsigned = 0;
  for (const name of names) {
    const known = name === checkpointFile || name === settledFile;
    if (seen.has(name)) faults.push({ boot, file: name, reason: "the file is there twice" });
    else if (known || belongs(name, size) || isPartial(name, settled)) seen.add(name);
    else if (growing && (reachesBehind(name, size) || name.endsWith(".new"))) unsigned++;
    else faults.push({ boot, file: name, reason: "the file is none of this log's" });
  }
  return { faults, unsigned };
}

function belongs(name: string, size: number): boolean {
  const tile = parseTilePath(name);
  return tile !== undefined && tile.width === widthAt(tile.level, tile.index, size);
}

/** Whether a file is one of the partial ones of an older checkpoint. */
function isPartial(name: string, size: number): boolean {
  return belongs(name, size) && parseTilePath(name)?.width !== tileWidth;
}

function checkTree(
  reader: LogReader,
  { boot, keptFrom = 0 }: LogTrust,
  given: {
    readonly checkpoint: LogCheckpoint;
    readonly edge: ReadonlyMap<string, Uint8Array>;
    readonly work: Work;
  },
): { readonly tree: TreeCheck; readonly beginning: LogBeginning | undefined } {
  const { checkpoint, edge, work } = given;
  const { size, root } = checkpoint;
  const beginning = (): LogBeginning | undefined => {
    const read = tree.first && parseLogBeginning(tree.first);
    return read?.boot === boot ? read : undefined;
  };
  const mayLack = (start: number, end: number): boolean => {
    const first = beginning()?.firstPosition;
    return start > 0 && first !== undefined && first + end - 1 <= keptFrom;
  };
  const tree = new TreeCheck({ reader, size, root, work, edge, mayLack });
  tree.run();
  return { tree, beginning: beginning() };
}

/** Positions of a log's records, by their index. */
function positionsOf(
  beginning: LogBeginning | undefined,
): (index: number | undefined) => { readonly position?: number } {
  return (index) =>
    beginning === undefined || index === undefined || index === 0
      ? {}
      : { position: beginning.firstPosition + index - 1 };
}

/** A log whose tiles and bundles are known to be right. */
interface Checked {
  readonly size: number;
  read(name: string): Uint8Array | undefined;
}

type Known = Pick<LogCheckpoint, "size" | "root">;

/** What is wrong with older checkpoints of a log, and with the partial files that one of them left. */
function olderFaults(
  log: Checked,
  settled: Known | undefined,
  remembered: readonly Known[] = [],
): readonly (readonly [file: string, reason: string])[] {
  const reason = ({ size }: Known): string =>
    `the log does not continue what was signed at ${size}`;
  const left = settled === undefined ? [] : partialNames(settled.size);
  return [
    ...[settled]
      .filter((known) => known !== undefined && !continues(log, known))
      .map(() => [settledFile, "the log does not continue this checkpoint"] as const),
    ...remembered
      .filter((known) => !continues(log, known))
      .map((known) => [checkpointFile, reason(known)] as const),
    ...left
      .filter((name) => !isBeginningOf(log, name))
      .map((name) => [name, "the file was edited"] as const),
  ];
}

/** Whether a log stood at an older checkpoint as that says. */
function continues({ read, size }: Checked, older: Known): boolean {
  if (older.size > size) return false;
  return equalBytes(rootOf(older.size, nodesOf(size, read)), older.root);
}

/** Whether a partial file of an older checkpoint, if it is there, is what the file in its place now begins with. */
function isBeginningOf({ read, size }: Checked, name: string): boolean {
  const part = read(name);
  const tile = parseTilePath(name);
  if (part === undefined || tile === undefined) return true;
  const width = widthAt(tile.level, tile.index, size);
  const now = read(pathOf({ ...tile, width }));
  return now !== undefined && Buffer.compare(now.subarray(0, part.length), part) === 0;
}
