import { closeSync, fdatasyncSync, fsyncSync, mkdirSync, openSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import type { ChainState, NewFrame } from "../audit/chain.ts";
import {
  allZeros,
  decodeFrame,
  decodeSegmentHeader,
  encodeFrame,
  encodeFrames,
  encodeSegmentHeader,
  expectedChain,
  frameOverhead,
  genesis,
  segmentHeaderLength,
} from "../audit/chain.ts";
import type { Checkpoint } from "../audit/checkpoint.ts";
import { agrees, openCheckpoint, signCheckpoint } from "../audit/checkpoint.ts";
import type { Segment } from "../audit/verify.ts";
import { OperatorError } from "../base/errors.ts";
import { equalBytes } from "../crypto/hash.ts";
import {
  createSegment,
  headFile,
  listSegments,
  readHead,
  removeUnfinished,
  syncPath,
  writeAll,
  writeHead,
  writeZeros,
} from "./journal-files.ts";

export interface JournalOptions {
  readonly folder: string;
  readonly deployment: string;
  /** Ed25519 key of the checkpoints: PKCS#8 and SPKI. */
  readonly privateKey: Uint8Array;
  readonly publicKey: Uint8Array;
  /** Bytes that a segment is preallocated with. */
  readonly segmentBytes: number;
  readonly now: () => Date;
}

/**
 * The audit journal on disk: preallocated segment files, appended in batches, each batch synced before `append` returns.
 * PROMISE: after `append` returned, its records survive a crash of the process and of the machine, in order.
 * After a failed write or sync the journal refuses everything: what is on the disk is not known, a second sync would say
 * nothing about it, so it must be opened anew and recover.
 */
export class Journal {
  readonly #options: JournalOptions;
  #state: ChainState;
  /** Sequence of the newest frame when that is a checkpoint; -1 when something is left to sign. */
  #signed: number;
  #file = -1;
  #offset = 0;
  #size = 0;
  #broken: boolean = false;
  #digest: Uint8Array | undefined;

  private constructor(options: JournalOptions, { state, signed, digest }: Recovered) {
    this.#options = options;
    this.#state = state;
    this.#digest = digest;
    this.#signed = signed ? state.sequence : -1;
  }

  /** Opens a journal and drops what a crash left half-written behind its last whole record. Throws OperatorError on other damage. */
  static open(options: JournalOptions): Journal {
    const { folder, deployment } = options;
    mkdirSync(folder, { recursive: true, mode: 0o700 });
    removeUnfinished(folder);
    const head = getHead(options);
    const last = listSegments(folder).at(-1);
    const found =
      last === undefined
        ? { state: genesis(deployment), offset: 0, signed: true }
        : recover(last, head);
    // A crash loses only what was never acknowledged, so never a signed record.
    if (head !== undefined && head.sequence > found.state.sequence)
      throw damaged(`ends at ${found.state.sequence}, but was signed up to ${head.sequence}`);
    const journal = new Journal(options, found);
    if (last !== undefined) journal.#resume(last, found.offset);
    return journal;
  }

  /** Sequence of the last frame. */
  get sequence(): number {
    return this.#state.sequence;
  }

  /** The newest state digest that was appended; every segment begins with it, so that the last one always tells. */
  get digest(): Uint8Array | undefined {
    return this.#digest;
  }

  /**
   * Makes sure that a batch of payloads, a state digest and a checkpoint fit without allocating again.
   * Throws NoRoomError when the disk is full; the journal stays as it was.
   */
  reserve(payloads: readonly Uint8Array[]): void {
    this.#requireSound();
    const needed = payloads.reduce(
      (sum, payload) => sum + frameOverhead + payload.length,
      extraRoom,
    );
    if (this.#file >= 0 && this.#offset + needed <= this.#size) return;
    this.#startSegment(Math.max(this.#options.segmentBytes, segmentHeaderLength + needed));
  }

  /** Appends records in order, behind the digest of the state that they lead to, and syncs them. Call `reserve` for them before. */
  append(records: readonly Uint8Array[], digest?: Uint8Array): void {
    const frames = records.map((payload): NewFrame => ({ type: "record", payload }));
    this.#write(digest === undefined ? frames : [{ type: "state", payload: digest }, ...frames]);
    this.#digest = digest ?? this.#digest;
  }

  /** Signs the journal's state, if it has moved since the last time. Call `reserve` before. */
  checkpoint(): void {
    if (this.#state.sequence === this.#signed) return;
    const { folder, deployment, privateKey, now } = this.#options;
    const payload = signCheckpoint(deployment, this.#state, now(), privateKey);
    this.#write([{ type: "checkpoint", payload }]);
    this.#signed = this.#state.sequence;
    writeHead(folder, payload);
  }

  close(): void {
    if (this.#file >= 0) closeSync(this.#file);
    this.#file = -1;
  }

  #write(frames: readonly NewFrame[]): void {
    this.#requireSound();
    if (frames.length === 0) return;
    const { bytes, state } = encodeFrames(this.#state, frames);
    if (this.#offset + bytes.length > this.#size) throw new RangeError("nothing was reserved");
    this.#broken = true;
    writeAll(this.#file, bytes, this.#offset);
    fdatasyncSync(this.#file);
    this.#broken = false;
    this.#offset += bytes.length;
    this.#state = state;
  }

  #requireSound(): void {
    if (this.#broken) throw new Error("the journal is not used again after a failed write");
  }

  #startSegment(size: number): void {
    const name = `journal-${String(this.#state.sequence + 1).padStart(16, "0")}.kwj`;
    const header = encodeSegmentHeader(this.#state);
    const first = this.#digest && encodeFrame(this.#state, "state", this.#digest);
    const start = Buffer.concat([header, first?.bytes ?? Buffer.alloc(0)]);
    const file = createSegment(this.#options.folder, name, start, size);
    this.close();
    this.#state = first?.state ?? this.#state;
    this.#file = file;
    this.#offset = start.length;
    this.#size = size;
  }

  /**
   * What was read may be in the memory of the system only: written before a crash, but never synced; or, after a failed sync,
   * taken for clean. It is written and synced again before anything relies on it.
   */
  #settle(used: Uint8Array): void {
    writeAll(this.#file, used, 0);
    fsyncSync(this.#file);
    syncPath(this.#options.folder);
  }

  /** Goes on behind the last whole record. Bytes of a batch that was never acknowledged are set aside, then zeroed. */
  #resume(segment: Segment, offset: number): void {
    const bytes = segment.bytes();
    const torn = bytes.subarray(offset);
    this.#file = openSync(join(this.#options.folder, segment.name), "r+");
    this.#offset = offset;
    this.#size = bytes.length;
    this.#settle(bytes.subarray(0, offset));
    if (allZeros(torn)) return;
    const aside = join(this.#options.folder, `torn-after-${this.#state.sequence}.bin`);
    writeFileSync(aside, torn, { mode: 0o600, flush: true });
    writeZeros(this.#file, offset, this.#size);
    fsyncSync(this.#file);
  }
}

/** Room kept for the state digests at the begin of a segment and of a batch, and for the checkpoint that ends one. */
const extraRoom = 1_024;

interface Recovered {
  readonly state: ChainState;
  /** Bytes of the segment up to the end of its last whole frame. */
  readonly offset: number;
  /** Whether the last frame is a checkpoint. */
  readonly signed: boolean;
  /** The newest state digest. */
  readonly digest?: Uint8Array;
}

/** The last segment's whole frames. Throws OperatorError when they do not lead to the newest checkpoint. */
function recover(segment: Segment, head: Checkpoint | undefined): Recovered {
  const bytes = segment.bytes();
  const start = decodeSegmentHeader(bytes);
  if (start === undefined) throw damaged(`has a damaged segment ${segment.name}`);
  let state: ChainState = { sequence: start.sequence, chain: Buffer.from(start.chain) };
  let offset = segmentHeaderLength;
  let signed = false;
  let digest: Buffer | undefined;
  for (;;) {
    if (head?.sequence === state.sequence && !agrees(head, state))
      throw damaged(`was rewritten: at ${head.sequence} it is not what was signed`);
    const frame = decodeFrame(bytes, offset);
    if (frame === "end" || frame === undefined) break;
    if (
      frame.sequence !== state.sequence + 1 ||
      !equalBytes(frame.chain, expectedChain(state, frame))
    )
      break;
    state = { sequence: frame.sequence, chain: Buffer.from(frame.chain) };
    signed = frame.type === "checkpoint";
    if (frame.type === "state") digest = Buffer.from(frame.payload);
    offset += frame.length;
  }
  return { state, offset, signed, ...(digest === undefined ? {} : { digest }) };
}

function getHead({ folder, deployment, publicKey }: JournalOptions): Checkpoint | undefined {
  const payload = readHead(folder);
  if (payload === undefined) return undefined;
  const head = openCheckpoint(deployment, payload, publicKey);
  if (head === undefined) throw damaged(`has a damaged ${headFile}`);
  return head;
}

function damaged(how: string): OperatorError {
  return new OperatorError(
    `the audit journal ${how}: run \`keywright verify-audit\` and restore the folder from a backup`,
  );
}
