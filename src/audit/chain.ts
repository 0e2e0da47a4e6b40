import { u32, u64 } from "../base/bytes.ts";
import { sha256 } from "../crypto/hash.ts";

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
export const segmentHeaderLength = magic.length + 8 + 32;
const frameHeaderLength = 4 + 1 + 8;
export const frameOverhead = frameHeaderLength + 32;

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

/** The frame of the next payload, and where the chain stands after it. */
export function encodeFrame(
  state: ChainState,
  type: FrameType,
  payload: Uint8Array,
): { readonly bytes: Buffer; readonly state: ChainState } {
  const sequence = state.sequence + 1;
  const tag = Buffer.of(typeBytes[type]);
  const chain = sha256(domain, state.chain, tag, u64(sequence), payload);
  return {
    bytes: Buffer.concat([u32(payload.length), tag, u64(sequence), payload, chain]),
    state: { sequence, chain },
  };
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
export function expectedChain(state: ChainState, frame: Frame): Buffer {
  return sha256(
    domain,
    state.chain,
    Buffer.of(typeBytes[frame.type]),
    u64(frame.sequence),
    frame.payload,
  );
}
