import type { ChainState } from "../../audit/chain.ts";
import { formatLogCheckpoint, logOrigin, parseLogCheckpoint } from "../../audit/log-checkpoint.ts";
import { openNote, signNote, verifierKey } from "../../audit/note.ts";
import { TileTree } from "../../audit/tile-tree.ts";
import { decodeBundle, encodeBundle, tilePath, tileWidth } from "../../audit/tiles.ts";
import { leafHash } from "../../audit/tree.ts";
import { OperatorError } from "../../base/errors.ts";
import { equalBytes } from "../../crypto/hash.ts";
import type { LogFiles } from "./log-files.ts";

/** What a log's signature is checked with. */
export interface LogKey {
  readonly deployment: string;
  /** Ed25519, SPKI. */
  readonly publicKey: Uint8Array;
}

/** What a log is signed with. */
export interface LogSigner extends LogKey {
  /** Ed25519, PKCS#8. */
  readonly privateKey: Uint8Array;
}

/** A signed statement of what a log holds, and up to where it holds the journal. */
export interface SignedLog {
  readonly note: string;
  readonly size: number;
  readonly root: Uint8Array;
  readonly place: ChainState;
}

/** Where a log stands when it is opened. */
interface Standing {
  readonly tree: TileTree;
  readonly open: readonly Uint8Array[];
  readonly signed: SignedLog;
}

const checkpointFile = "checkpoint";
/** The newest checkpoint whose tiles are known to be on the disk. */
export const settledFile = "settled";

/**
 * The log of one boot in C2SP's tlog-tiles form. Tiles and bundles are written when a checkpoint over them is signed, and synced now
 * and then (`settle`): what a crash of the machine loses of them is made again from the journal, byte by byte the same.
 */
export class TileLog {
  readonly boot: number;
  readonly #files: LogFiles;
  readonly #signer: LogSigner;
  readonly #tree: TileTree;
  /** Entries of the last bundle, when that is not full. */
  #open: readonly Uint8Array[];
  /** Names of the partial tiles that the newest checkpoint needs. */
  #partial: readonly string[];
  /** Names of the partial tiles that are needed by nothing newer than the settled checkpoint. */
  #older: readonly string[];
  #signed: SignedLog;

  private constructor(
    boot: number,
    files: LogFiles,
    signer: LogSigner,
    { tree, open, signed }: Standing,
  ) {
    this.boot = boot;
    this.#files = files;
    this.#signer = signer;
    this.#tree = tree;
    this.#open = open;
    this.#signed = signed;
    this.#partial = partialTiles(signed.size);
    this.#older = files.list("tile").filter((name) => name.includes(".p/"));
  }

  /** Begins the log of a boot behind a place of the journal; it is signed for the first time with its first entries. */
  static begin(boot: number, files: LogFiles, signer: LogSigner, place: ChainState): TileLog {
    const tree = new TileTree();
    const signed = { note: "", size: 0, root: tree.root(), place };
    return new TileLog(boot, files, signer, { tree, open: [], signed });
  }

  /** Opens the log of an earlier boot as it was settled last. Throws OperatorError when its files are not what was signed. */
  static open(boot: number, files: LogFiles, signer: LogSigner): TileLog {
    const signed = requireSettled(boot, files, signer);
    const read = (level: number | "entries", index: number, width: number): Buffer => {
      const name = tilePath(level, index, width);
      const bytes = files.read(name);
      if (bytes === undefined) throw damaged(boot, `lacks ${name}`);
      return bytes;
    };
    const tree = TileTree.resume(signed.size, read);
    if (!equalBytes(tree.root(), signed.root)) throw damaged(boot, "was edited");
    const rest = signed.size % tileWidth;
    const bundle =
      rest === 0 ? encodeBundle([]) : read("entries", (signed.size - rest) / tileWidth, rest);
    const open = decodeBundle(bundle);
    if (open === undefined) throw damaged(boot, "has a damaged bundle of entries");
    return new TileLog(boot, files, signer, { tree, open, signed });
  }

  get size(): number {
    return this.#tree.size;
  }

  get origin(): string {
    return logOrigin(this.#signer.deployment, this.boot);
  }

  /** The newest checkpoint. */
  get signed(): SignedLog {
    return this.#signed;
  }

  /** Takes entries up behind the others; they are no part of the log before `sign`. */
  append(entries: readonly Uint8Array[]): void {
    this.#tree.append(entries.map(leafHash));
    let open = [...this.#open, ...entries];
    while (open.length >= tileWidth) {
      const index = Math.floor((this.#tree.size - open.length) / tileWidth);
      this.#files.write(tilePath("entries", index), encodeBundle(open.slice(0, tileWidth)));
      open = open.slice(tileWidth);
    }
    this.#open = open;
  }

  /** Writes what is new and signs that the log holds the journal up to a place. */
  sign(place: ChainState): SignedLog {
    this.#writeTiles();
    const root = this.#tree.root();
    const note = this.#note(root, place);
    this.#files.replace(checkpointFile, Buffer.from(note, "utf8"));
    this.#dropPartials(partialTiles(this.size), this.#older);
    this.#signed = { note, size: this.size, root, place };
    return this.#signed;
  }

  /** Makes all that is signed durable: the journal up to there is not needed any more. */
  settle(): void {
    this.#files.sync();
    this.#files.replace(settledFile, Buffer.from(this.#signed.note, "utf8"));
    this.#dropPartials(this.#partial, []);
    this.#older = this.#partial;
  }

  /** The checkpoint that was signed before a crash, which the log must come to again; undefined when there is none. */
  lastSigned(): SignedLog | undefined {
    return readSigned(this.boot, this.#files, this.#signer, checkpointFile);
  }

  /** Throws OperatorError when the log is as long as a checkpoint and does not hold the same. */
  requireAgreement({ size, root }: SignedLog): void {
    if (this.size === size && !equalBytes(this.#tree.root(), root))
      throw damaged(this.boot, "is not what was signed");
  }

  /** Throws OperatorError when the log ends before a checkpoint. */
  requireReach({ size }: SignedLog): void {
    if (this.size < size)
      throw damaged(this.boot, `had ${size} entries signed, and the journal leads to ${this.size}`);
  }

  /** Removes the partial tiles that neither the newest nor the settled checkpoint needs. */
  #dropPartials(needed: readonly string[], settled: readonly string[]): void {
    const kept = new Set([...needed, ...settled]);
    for (const name of [...this.#partial, ...this.#older])
      if (!kept.has(name)) this.#files.remove(name);
    this.#partial = needed;
  }

  #writeTiles(): void {
    for (const { level, index, width, bytes } of this.#tree.take())
      this.#files.write(tilePath(level, index, width), bytes);
    if (this.#open.length > 0)
      this.#files.write(
        tilePath("entries", Math.floor(this.size / tileWidth), this.#open.length),
        encodeBundle(this.#open),
      );
  }

  #note(root: Uint8Array, { sequence, chain }: ChainState): string {
    const { privateKey, publicKey } = this.#signer;
    const { origin, size } = this;
    const place = `journal ${sequence} ${Buffer.from(chain).toString("base64")}\n`;
    const text = formatLogCheckpoint({ origin, size, root }) + place;
    return signNote(text, origin, privateKey, publicKey);
  }
}

/** The names of the tiles and the bundle that a log of a size has in part. */
function partialTiles(size: number): readonly string[] {
  const names: string[] = [];
  for (let level = 0, hashes = size; hashes > 0; level++, hashes = Math.floor(hashes / tileWidth)) {
    const width = hashes % tileWidth;
    const index = Math.floor(hashes / tileWidth);
    if (width > 0) names.push(tilePath(level, index, width));
    if (width > 0 && level === 0) names.push(tilePath("entries", index, width));
  }
  return names;
}

/** A checkpoint of the log of a boot: the newest, or the newest settled one; undefined when there is none. Throws OperatorError. */
export function readSigned(
  boot: number,
  files: LogFiles,
  { deployment, publicKey }: LogKey,
  name: typeof checkpointFile | typeof settledFile,
): SignedLog | undefined {
  const note = files.read(name)?.toString("utf8");
  if (note === undefined) return undefined;
  const origin = logOrigin(deployment, boot);
  const opened = openNote(note, [verifierKey(origin, publicKey)]);
  const checkpoint = opened && parseLogCheckpoint(opened.text);
  const place = opened && readPlace(opened.text);
  if (checkpoint?.origin !== origin || place === undefined)
    throw damaged(boot, `has a damaged ${name}`);
  return { note, size: checkpoint.size, root: checkpoint.root, place };
}

/** The newest settled checkpoint of the log of a boot. Throws OperatorError when there is none. */
export function requireSettled(boot: number, files: LogFiles, key: LogKey): SignedLog {
  const signed = readSigned(boot, files, key, settledFile);
  if (signed === undefined) throw damaged(boot, "has no settled checkpoint");
  return signed;
}

function readPlace(text: string): ChainState | undefined {
  const [, sequence, chain = ""] = /\njournal (\d{1,15}) ([\w+/=]{44})\n$/.exec(text) ?? [];
  return sequence === undefined
    ? undefined
    : { sequence: Number(sequence), chain: Buffer.from(chain, "base64") };
}

function damaged(boot: number, how: string): OperatorError {
  return new OperatorError(
    `the audit log of boot ${boot} ${how}: run \`keywright verify-audit\` and restore the folder from a backup`,
  );
}
