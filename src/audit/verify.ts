import { equalBytes } from "../crypto/hash.ts";
import type { ChainState, Frame } from "./chain.ts";
import {
  decodeFrame,
  decodeSegmentHeader,
  expectedChain,
  genesis,
  segmentHeaderLength,
} from "./chain.ts";
import type { Checkpoint } from "./checkpoint.ts";
import { agrees, openCheckpoint } from "./checkpoint.ts";

/** The first thing wrong with a journal. */
export interface Fault {
  readonly segment: string;
  /** Bytes from the start of the segment. */
  readonly offset: number;
  /** The sequence that should stand there. */
  readonly sequence: number;
  readonly reason: string;
}

export interface Verification {
  /** Audit records that are proven to be as they were written. */
  readonly records: number;
  readonly checkpoints: number;
  /** Sequence of the last frame that a signed checkpoint covers; what follows is chained but not yet signed. */
  readonly signedTo: number;
  readonly last: ChainState;
  readonly fault?: Fault;
}

export interface Trust {
  readonly deployment: string;
  readonly publicKey: Uint8Array;
  /** The newest checkpoint known from elsewhere: the journal must reach it. */
  readonly head?: Uint8Array;
  /** Up to where a signed log holds the journal: what is before that need not be there any more. */
  readonly logged?: ChainState;
}

/** One segment of a journal; `bytes` are read when its turn comes. */
export interface Segment {
  readonly name: string;
  bytes(): Buffer;
}

interface Progress {
  state: ChainState;
  records: number;
  checkpoints: number;
  signedTo: number;
  head: Checkpoint | undefined;
  /** Bytes of the segment up to the end of its last frame. */
  offset: number;
}

class BrokenJournal extends Error {
  readonly fault: Fault;

  constructor(fault: Fault) {
    super(fault.reason);
    this.fault = fault;
  }
}

/** Checks every frame of a journal in order: chain, sequence, signatures, and that nothing is missing at its end. */
export function verifyJournal(
  segments: Iterable<Segment>,
  trust: Trust,
  onRecord: (frame: Frame) => void = () => undefined,
): Verification {
  const progress: Progress = {
    state: genesis(trust.deployment),
    records: 0,
    checkpoints: 0,
    signedTo: 0,
    head: undefined,
    offset: 0,
  };
  let name = "(no segment)";
  try {
    progress.head = openHead(trust);
    for (const segment of segments) {
      name = segment.name;
      if (progress.offset === 0) progress.state = beginning(segment, trust, progress.state);
      verifySegment(segment, trust, progress, onRecord);
    }
    requireHead(name, progress);
    requireLogged(name, trust, progress);
  } catch (error) {
    if (!(error instanceof BrokenJournal)) throw error;
    return { ...result(progress), fault: error.fault };
  }
  return result(progress);
}

function result({ state, records, checkpoints, signedTo }: Progress): Verification {
  return { records, checkpoints, signedTo, last: state };
}

/**
 * Where a journal begins whose first segments went into a log: its own word for it, which the frames after it prove when they
 * lead to the place that the log names.
 */
function beginning(segment: Segment, { logged }: Trust, first: ChainState): ChainState {
  if (logged === undefined) return first;
  const before = decodeSegmentHeader(segment.bytes());
  return before === undefined || before.sequence > logged.sequence ? first : before;
}

function verifySegment(
  segment: Segment,
  trust: Trust,
  progress: Progress,
  onRecord: (frame: Frame) => void,
): void {
  const bytes = segment.bytes();
  const fail: (offset: number, reason: string) => never = (offset, reason) => {
    throw new BrokenJournal({
      segment: segment.name,
      offset,
      sequence: progress.state.sequence + 1,
      reason,
    });
  };
  const before = decodeSegmentHeader(bytes);
  if (before === undefined) fail(0, "the segment's header is damaged");
  if (before.sequence !== progress.state.sequence)
    fail(
      0,
      `the segment begins at ${before.sequence + 1}: records before it are missing or repeated`,
    );
  if (!equalBytes(before.chain, progress.state.chain))
    fail(0, "the segment does not continue the one before it");
  progress.offset = segmentHeaderLength;
  while (progress.offset < bytes.length) {
    const { offset } = progress;
    const frame = decodeFrame(bytes, offset);
    if (frame === "end") return;
    if (frame === undefined) fail(offset, "the record is damaged");
    verifyFrame(frame, trust, progress, (reason) => fail(offset, reason));
    if (frame.type === "record") onRecord(frame);
    progress.offset += frame.length;
  }
}

function verifyFrame(
  frame: Frame,
  trust: Trust,
  progress: Progress,
  fail: (reason: string) => never,
): void {
  const { state } = progress;
  if (frame.sequence !== state.sequence + 1)
    fail(
      `record ${frame.sequence} stands where ${state.sequence + 1} belongs: records were removed, added or reordered`,
    );
  if (!equalBytes(frame.chain, expectedChain(state, frame))) fail("the record was edited");
  if (frame.type === "checkpoint") {
    const checkpoint = openCheckpoint(trust.deployment, frame.payload, trust.publicKey);
    if (checkpoint === undefined || !agrees(checkpoint, state))
      fail("the checkpoint is not a true one");
    progress.checkpoints++;
    progress.signedTo = checkpoint.sequence;
  }
  const next: ChainState = { sequence: frame.sequence, chain: Buffer.from(frame.chain) };
  // Chained anew by someone who could not sign: only a checkpoint from elsewhere tells.
  if (progress.head?.sequence === next.sequence && !agrees(progress.head, next))
    fail("the journal was rewritten: here it is not what was signed");
  if (trust.logged?.sequence === next.sequence && !equalBytes(trust.logged.chain, next.chain))
    fail("the journal was rewritten: here it is not what the log holds");
  if (frame.type === "record") progress.records++;
  progress.state = next;
}

function requireHead(segment: string, { head, state, offset }: Progress): void {
  if (head === undefined || head.sequence <= state.sequence) return;
  const reason = `records up to ${head.sequence} were signed, but the journal ends at ${state.sequence}: its end was cut off`;
  throw new BrokenJournal({ segment, offset, sequence: state.sequence + 1, reason });
}

function requireLogged(segment: string, { logged }: Trust, { state, offset }: Progress): void {
  if (logged === undefined || logged.sequence <= state.sequence) return;
  const reason = `the log holds records up to ${logged.sequence}, but the journal ends at ${state.sequence}: its end was cut off`;
  throw new BrokenJournal({ segment, offset, sequence: state.sequence + 1, reason });
}

/** The newest known checkpoint, proven. */
function openHead({ deployment, publicKey, head }: Trust): Checkpoint | undefined {
  if (head === undefined) return undefined;
  const checkpoint = openCheckpoint(deployment, head, publicKey);
  if (checkpoint !== undefined) return checkpoint;
  const reason = "the newest known checkpoint is not a true one";
  throw new BrokenJournal({ segment: "(checkpoint)", offset: 0, sequence: 0, reason });
}
