import { u64 } from "../base/bytes.ts";
import { sha256, writeSha256 } from "../crypto/hash.ts";
import { longestRecord } from "./record.ts";

/**
 * The audit journal's bytes (docs/audit-format.md). A segment is a header and frames, then zeros:
 *
 *     header = "KEYWRIGHT AUDIT 1\n" ‖ u64 first sequence ‖ chain before it (32)
 *     frame  = u32 length of payload ‖ type ‖ u64 sequence ‖ payload ‖ chain (32)
 *     chain  = SHA-256("keywright/audit/v1" ‖ chain before ‖ type ‖ u64 sequence ‖ payload)
 *
 * Sequences count from 1 without gaps over all segments.
 */
export type FrameType = "record" | "checkpoint" | "state";

export interface Frame {
  readonly type: FrameType;
  readonly sequence: number;
  readonly payload: Uint8Array;
  readonly chain: Uint8Array;
  /** Bytes of the whole frame. */
  readonly length: number;
}

/** Where a journal stands: the last sequence and the chain up to it. */
export interface ChainState {
  readonly sequence: number;
  readonly chain: Uint8Array;
}

const magic = Buffer.from("KEYWRIGHT AUDIT 1\n", "latin1");
const domain = Buffer.from("keywright/audit/v1", "latin1");
const typeBytes: Readonly<Record<FrameType, number>> = { record: 1, checkpoint: 2, state: 3 };
const frameTypes: readonly FrameType[] = ["record", "checkpoint", "state"];
const chainLength = 32;
export const segmentHeaderLength = magic.length + 8 + chainLength;
const frameHeaderLength = 4 + 1 + 8;
export const frameOverhead = frameHeaderLength + chainLength;

/** The chain before the first record of a deployment. */
export function genesis(deployment: string): ChainState {
  return {
    sequence: 0,
    chain: sha256(Buffer.from(`keywright/audit/genesis/v1\n${deployment}`, "utf8")),
  };
}

/** The header of the segment that goes on after `state`. */
export function encodeSegmentHeader(state: ChainState): Buffer {
  return Buffer.concat([magic, u64(state.sequence + 1), state.chain]);
}

/** Reads a segment's header: the state before its first frame; undefined when it is none. */
export function decodeSegmentHeader(bytes: Buffer): ChainState | undefined {
  if (bytes.length < segmentHeaderLength || !bytes.subarray(0, magic.length).equals(magic))
    return undefined;
  const first = Number(bytes.readBigUInt64BE(magic.length));
  return { sequence: first - 1, chain: bytes.subarray(magic.length + 8, segmentHeaderLength) };
}

/** A frame that is to be written. */
export interface NewFrame {
  readonly type: FrameType;
  readonly payload: Uint8Array;
}

interface Encoded {
  readonly bytes: Buffer;
  readonly state: ChainState;
}

/** The frame of the next payload, and where the chain stands after it. */
export function encodeFrame(state: ChainState, type: FrameType, payload: Uint8Array): Encoded {
  return encodeFrames(state, [{ type, payload }]);
}

/** The frames of the next payloads in one piece, and where the chain stands after them. */
export function encodeFrames(state: ChainState, frames: readonly NewFrame[]): Encoded {
  const length = frames.reduce((sum, { payload }) => sum + frameOverhead + payload.length, 0);
  const bytes = Buffer.allocUnsafe(length);
  let { sequence, chain } = state;
  let at = 0;
  for (const { type, payload } of frames) {
    const text = chainedText(chain, type, ++sequence, payload);
    at = bytes.writeUInt32BE(payload.length, at);
    at += text.copy(bytes, at, typeAt);
    at = writeSha256(text, bytes, at);
    chain = bytes.subarray(at - chainLength, at);
  }
  return { bytes, state: { sequence, chain: Buffer.from(chain) } };
}

/** Reads the frame at an offset without judging its chain; `end` where only zeros follow; undefined when it is no frame. */
export function decodeFrame(segment: Buffer, offset: number): Frame | "end" | undefined {
  const rest = segment.subarray(offset);
  if (rest.length < frameHeaderLength || rest.readUInt32BE(0) === 0)
    return allZeros(rest) ? "end" : undefined;
  const size = rest.readUInt32BE(0);
  const type = frameTypes.find((each) => typeBytes[each] === rest[4]);
  const length = frameOverhead + size;
  if (type === undefined || rest.length < length) return undefined;
  return {
    type,
    sequence: Number(rest.readBigUInt64BE(5)),
    payload: rest.subarray(frameHeaderLength, frameHeaderLength + size),
    chain: rest.subarray(frameHeaderLength + size, length),
    length,
  };
}

/** Whether nothing was ever written to these bytes. */
export function allZeros(bytes: Buffer): boolean {
  return bytes.equals(Buffer.alloc(bytes.length));
}

/** The chain that a frame must carry after `state`. */
export function expectedChain(state: ChainState, { type, sequence, payload }: Frame): Buffer {
  const chain = Buffer.allocUnsafe(chainLength);
  writeSha256(chainedText(state.chain, type, sequence, payload), chain, 0);
  return chain;
}

/** Where the type stands in what is hashed; from there on a frame has the same bytes. */
const typeAt = domain.length + chainLength;
const payloadAt = typeAt + 1 + 8;
/** What was hashed last: the longest record fits, so that a chain allocates nothing but its hashes. */
const lastText = Buffer.concat([domain], payloadAt + longestRecord);

/** What is hashed for a frame, until the next one is asked for. */
function chainedText(
  before: Uint8Array,
  type: FrameType,
  sequence: number,
  payload: Uint8Array,
): Buffer {
  if (before.length !== chainLength) throw new RangeError("a chain has 32 bytes");
  const length = payloadAt + payload.length;
  const text = length > lastText.length ? Buffer.concat([domain], length) : lastText;
  text.set(before, domain.length);
  text[typeAt] = typeBytes[type];
  text.writeBigUInt64BE(BigInt(sequence), typeAt + 1);
  text.set(payload, payloadAt);
  return text.subarray(0, length);
}
