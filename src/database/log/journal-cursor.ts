import { closeSync, openSync, readSync } from "node:fs";
import { join } from "node:path";
import type { ChainState, Frame } from "../../audit/chain.ts";
import {
  decodeFrame,
  decodeSegmentHeader,
  expectedChain,
  frameOverhead,
  segmentHeaderLength,
} from "../../audit/chain.ts";
import { OperatorError } from "../../base/errors.ts";
import { equalBytes } from "../../crypto/hash.ts";
import { firstSequence, listSegments } from "../journal-files.ts";

const portion = 1024 * 1024;

/** Records that were read, and where the journal stands behind them. */
export interface JournalPortion {
  readonly records: readonly Buffer[];
  readonly place: ChainState;
}

/**
 * Follows a journal on disk from a place on: what is signed elsewhere is what the disk gives back, not what a process
 * remembers to have written. Every frame is held against the chain.
 */
export class JournalCursor {
  readonly #folder: string;
  /** Moves on with what was read. */
  #place: ChainState;
  #file = -1;
  /** Of the next frame in the open segment. */
  #offset = 0;

  constructor(folder: string, place: ChainState) {
    this.#folder = folder;
    this.#place = place;
  }

  get place(): ChainState {
    return this.#place;
  }

  /** Bytes of the newest segment up to what was read of it. */
  get offset(): number {
    return this.#offset;
  }

  /** The next records, at most about a megabyte of them, none behind sequence `upTo`. Throws OperatorError on damage. */
  read(upTo: number): JournalPortion {
    const records: Buffer[] = [];
    while (this.#place.sequence < upTo && records.length === 0) this.#readPortion(upTo, records);
    return { records, place: this.#place };
  }

  close(): void {
    if (this.#file >= 0) closeSync(this.#file);
    this.#file = -1;
  }

  #readPortion(upTo: number, records: Buffer[]): void {
    if (this.#file < 0) this.#open();
    const bytes = this.#bytes(portion);
    let at = 0;
    while (this.#place.sequence < upTo) {
      // The first bytes of a length are zeros, too: where a portion ends says nothing of what follows.
      if (at > 0 && bytes.length === portion && bytes.length - at < frameOverhead) break;
      const frame = decodeFrame(bytes, at) ?? this.#longFrame(bytes, at);
      if (frame === "end") this.#nextSegment();
      if (frame === "end" || frame === undefined) break;
      this.#follow(frame);
      if (frame.type === "record") records.push(Buffer.from(frame.payload));
      at += frame.length;
      this.#offset += frame.length;
    }
  }

  /** A frame that the portion holds in part is read with the next one; undefined then. */
  #longFrame(bytes: Buffer, at: number): Frame | "end" | undefined {
    if (bytes.length < portion && bytes.length - at > 0) throw this.#damaged();
    if (at > 0) return undefined;
    const frame = decodeFrame(this.#bytes(16 * portion), 0);
    if (frame === undefined) throw this.#damaged();
    return frame;
  }

  #bytes(length: number): Buffer {
    const bytes = Buffer.alloc(length);
    return bytes.subarray(0, readSync(this.#file, bytes, 0, length, this.#offset));
  }

  #follow(frame: Frame): void {
    const whole =
      frame.sequence === this.#place.sequence + 1 &&
      equalBytes(frame.chain, expectedChain(this.#place, frame));
    if (!whole) throw this.#damaged();
    this.#place = { sequence: frame.sequence, chain: Buffer.from(frame.chain) };
  }

  /** Opens the segment that goes on behind the place, and moves there. */
  #open(): void {
    const { sequence, chain } = this.#place;
    const name = listSegments(this.#folder)
      .map((segment) => segment.name)
      .findLast((each) => firstSequence(each) <= sequence + 1);
    if (name === undefined) throw this.#damaged();
    this.#file = openSync(join(this.#folder, name), "r");
    this.#offset = 0;
    const before = decodeSegmentHeader(this.#bytes(segmentHeaderLength));
    if (before === undefined) throw this.#damaged();
    this.#offset = segmentHeaderLength;
    this.#place = { sequence: before.sequence, chain: Buffer.from(before.chain) };
    if (before.sequence < sequence) this.#readPortionsTo(sequence);
    if (this.#place.sequence !== sequence || !equalBytes(this.#place.chain, chain))
      throw this.#damaged();
  }

  #readPortionsTo(sequence: number): void {
    const passed: Buffer[] = [];
    while (this.#file >= 0 && this.#place.sequence < sequence) {
      this.#readPortion(sequence, passed);
      passed.length = 0;
    }
  }

  #nextSegment(): void {
    this.close();
    const next = this.#place.sequence + 1;
    const found = listSegments(this.#folder).some((each) => firstSequence(each.name) === next);
    if (!found) throw this.#damaged();
  }

  #damaged(): OperatorError {
    return new OperatorError(
      `the audit journal is damaged behind sequence ${this.#place.sequence}: run \`keywright verify-audit\` and restore the folder from a backup`,
    );
  }
}
