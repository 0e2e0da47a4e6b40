import {
  closeSync,
  existsSync,
  fdatasyncSync,
  fsyncSync,
  mkdirSync,
  openSync,
  readdirSync,
  readFileSync,
  renameSync,
  rmSync,
  writeFileSync,
  writeSync,
} from "node:fs";
import { join } from "node:path";
import type { ChainState, FrameType } from "../audit/chain.ts";
import {
  decodeFrame,
  decodeSegmentHeader,
  encodeFrame,
  encodeSegmentHeader,
  expectedChain,
  frameOverhead,
  genesis,
  segmentHeaderLength,
} from "../audit/chain.ts";
import { openCheckpoint, signCheckpoint } from "../audit/checkpoint.ts";
import type { Segment } from "../audit/verify.ts";
import { OperatorError } from "../base/errors.ts";
import { equalBytes } from "../crypto/hash.ts";

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

export const headFile = "head.json";

/** The segments of a journal, oldest first. */
export function listSegments(folder: string): readonly Segment[] {
  if (!existsSync(folder)) return [];
  const names = readdirSync(folder).filter((each) => /^journal-\d{16}\.kwj$/.test(each));
  return names.toSorted().map((name) => ({ name, bytes: () => readFileSync(join(folder, name)) }));
}

/** The newest checkpoint kept beside the journal, as its payload. */
export function readHead(folder: string): Buffer | undefined {
  const path = join(folder, headFile);
  return existsSync(path) ? readFileSync(path) : undefined;
}

/**
 * The audit journal on disk: preallocated segment files, appended in batches, each batch synced before `append` returns.
 * PROMISE: after `append` returned, its records survive a crash of the process and of the machine, in order.
 * A failed write or sync leaves the journal unusable (never retried): the process must end and recover.
 */
export class Journal {
  readonly #options: JournalOptions;
  #state: ChainState;
  #signed: number;
  #file = -1;
  #offset = 0;
  #size = 0;

  private constructor(options: JournalOptions, state: ChainState) {
    this.#options = options;
    this.#state = state;
    this.#signed = state.sequence;
  }

  /** Opens a journal and drops what a crash left half-written behind its last whole record. Throws OperatorError on other damage. */
  static open(options: JournalOptions): Journal {
    mkdirSync(options.folder, { recursive: true, mode: 0o700 });
    const segments = listSegments(options.folder);
    const last = segments.at(-1);
    if (last === undefined) return new Journal(options, genesis(options.deployment));
    const found = recover(last);
    if (found === undefined) {
      rmSync(join(options.folder, last.name));
      return Journal.open(options);
    }
    refuseLostRecords(options, found.state);
    const journal = new Journal(options, found.state);
    journal.#resume(last, found.offset);
    return journal;
  }

  /** Sequence of the last frame. */
  get sequence(): number {
    return this.#state.sequence;
  }

  /** Makes sure that a batch of payloads fits without touching the disk's allocation again. Throws when the disk is full. */
  reserve(payloads: readonly Uint8Array[]): void {
    const needed = payloads.reduce(
      (sum, payload) => sum + frameOverhead + payload.length,
      checkpointRoom,
    );
    if (this.#file >= 0 && this.#offset + needed <= this.#size) return;
    this.#startSegment(Math.max(this.#options.segmentBytes, segmentHeaderLength + needed));
  }

  /** Appends records in order and syncs them. Call `reserve` for them before. */
  append(records: readonly Uint8Array[]): void {
    this.#write(records.map((payload) => ({ type: "record" as const, payload })));
  }

  /** Signs the journal's state, if it has moved since the last time. */
  checkpoint(): void {
    if (this.#state.sequence === this.#signed) return;
    const { deployment, privateKey, now } = this.#options;
    const payload = signCheckpoint(deployment, this.#state, now(), privateKey);
    this.reserve([]);
    this.#write([{ type: "checkpoint", payload }]);
    this.#signed = this.#state.sequence;
    this.#writeHead(payload);
  }

  close(): void {
    this.checkpoint();
    if (this.#file >= 0) closeSync(this.#file);
    this.#file = -1;
  }

  #write(frames: readonly { readonly type: FrameType; readonly payload: Uint8Array }[]): void {
    if (frames.length === 0) return;
    let state = this.#state;
    const encoded = frames.map(({ type, payload }) => {
      const frame = encodeFrame(state, type, payload);
      state = frame.state;
      return frame.bytes;
    });
    const bytes = Buffer.concat(encoded);
    writeAll(this.#file, bytes, this.#offset);
    fdatasyncSync(this.#file);
    this.#offset += bytes.length;
    this.#state = state;
  }

  #startSegment(size: number): void {
    const name = `journal-${String(this.#state.sequence + 1).padStart(16, "0")}.kwj`;
    const path = join(this.#options.folder, name);
    const file = openSync(path, "w", 0o600);
    try {
      const header = encodeSegmentHeader(this.#state);
      writeAll(file, Buffer.concat([header, Buffer.alloc(size - header.length)]), 0);
      fsyncSync(file);
      syncFolder(this.#options.folder);
    } catch (error) {
      closeSync(file);
      rmSync(path, { force: true });
      throw error;
    }
    if (this.#file >= 0) closeSync(this.#file);
    this.#file = file;
    this.#offset = segmentHeaderLength;
    this.#size = size;
  }

  /** Goes on behind the last whole record. Bytes of a batch that was never acknowledged are set aside, then zeroed. */
  #resume(segment: Segment, offset: number): void {
    const torn = segment.bytes().subarray(offset);
    this.#file = openSync(join(this.#options.folder, segment.name), "r+");
    this.#offset = offset;
    this.#size = offset + torn.length;
    if (torn.every((byte) => byte === 0)) return;
    writeFileSync(join(this.#options.folder, `torn-after-${this.#state.sequence}.bin`), torn, {
      mode: 0o600,
    });
    writeAll(this.#file, Buffer.alloc(torn.length), offset);
    fsyncSync(this.#file);
  }

  #writeHead(payload: Uint8Array): void {
    const path = join(this.#options.folder, headFile);
    writeFileSync(`${path}.new`, payload, { mode: 0o600 });
    renameSync(`${path}.new`, path);
  }
}

/** Room kept for the checkpoint that ends a batch. */
const checkpointRoom = 1_024;

/** The last segment's whole frames; undefined when not even its header was written before the crash. */
function recover(
  segment: Segment,
): { readonly state: ChainState; readonly offset: number } | undefined {
  const bytes = segment.bytes();
  if (bytes.subarray(0, segmentHeaderLength).every((byte) => byte === 0)) return undefined;
  const start = decodeSegmentHeader(bytes);
  if (start === undefined)
    throw new OperatorError(
      `audit segment ${segment.name} is damaged: run \`keywright verify-audit\` and restore the folder from a backup`,
    );
  let state: ChainState = { sequence: start.sequence, chain: Buffer.from(start.chain) };
  let offset = segmentHeaderLength;
  for (;;) {
    const frame = decodeFrame(bytes, offset);
    if (frame === "end" || frame === undefined) break;
    if (
      frame.sequence !== state.sequence + 1 ||
      !equalBytes(frame.chain, expectedChain(state, frame))
    )
      break;
    state = { sequence: frame.sequence, chain: Buffer.from(frame.chain) };
    offset += frame.length;
  }
  return { state, offset };
}

/** A crash loses only what was never acknowledged, so never a signed record: a journal that ends earlier was tampered with. */
function refuseLostRecords(
  { folder, deployment, publicKey }: JournalOptions,
  found: ChainState,
): void {
  const payload = readHead(folder);
  const head = payload === undefined ? undefined : openCheckpoint(deployment, payload, publicKey);
  if (head !== undefined && head.sequence > found.sequence)
    throw new OperatorError(
      `the audit journal ends at record ${found.sequence}, but ${head.sequence} were written and signed: run \`keywright verify-audit\` and restore the folder from a backup`,
    );
}

function writeAll(file: number, bytes: Uint8Array, position: number): void {
  for (let done = 0; done < bytes.length; )
    done += writeSync(file, bytes, done, bytes.length - done, position + done);
}

function syncFolder(folder: string): void {
  const handle = openSync(folder, "r");
  try {
    fsyncSync(handle);
  } finally {
    closeSync(handle);
  }
}
