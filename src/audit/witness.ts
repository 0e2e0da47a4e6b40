import { decodeStrictBase64 } from "../base/bytes.ts";
import { equalBytes } from "../crypto/hash.ts";
import type { LogCheckpoint } from "./log-checkpoint.ts";
import { parseLogCheckpoint, parseSize } from "./log-checkpoint.ts";
import type { VerifierKey } from "./note.ts";
import { openNote, verifierKey } from "./note.ts";
import { hashLength, verifyConsistency } from "./tree.ts";

/** What a log asks of a witness (C2SP tlog-witness, add-checkpoint). */
export interface CheckpointRequest {
  /** The size of the log that the witness saw last; 0 when it never saw it. */
  readonly oldSize: number;
  /** That the log continues what it was then. */
  readonly proof: readonly Uint8Array[];
  /** The checkpoint, as a signed note. */
  readonly note: string;
}

/** What a witness does about a request. With 200 it remembers the checkpoint, then cosigns its text. */
export type Judgement =
  | { readonly status: 200; readonly checkpoint: LogCheckpoint; readonly text: string }
  | { readonly status: 409; readonly size: number }
  | { readonly status: 400 | 403 | 404 | 422; readonly reason: string };

const mostHashes = 63;

/** The body of a request. */
export function formatCheckpointRequest({ oldSize, proof, note }: CheckpointRequest): string {
  const hashes = proof.map((hash) => `${Buffer.from(hash).toString("base64")}\n`);
  return `old ${oldSize}\n${hashes.join("")}\n${note}`;
}

/** Reads the body of a request; undefined when it is none. */
export function parseCheckpointRequest(body: string): CheckpointRequest | undefined {
  const end = body.indexOf("\n\n");
  const [first = "", ...lines] = body.slice(0, Math.max(end, 0)).split("\n");
  const [, decimal = ""] = /^old (\d+)$/.exec(first) ?? [];
  const oldSize = parseSize(decimal);
  const proof = lines.map(decodeStrictBase64).filter((hash) => hash?.length === hashLength);
  if (oldSize === undefined || lines.length > mostHashes || proof.length !== lines.length)
    return undefined;
  return { oldSize, proof: proof.filter((hash) => hash !== undefined), note: body.slice(end + 2) };
}

/**
 * Judges a request by what is remembered of its log. `trusted` are the keys of deployments, named `keywright/<deployment>`: each
 * is trusted for the logs of all boots of its deployment.
 */
export function judgeCheckpoint(
  body: string,
  trusted: readonly VerifierKey[],
  remembered: (origin: string) => LogCheckpoint | undefined,
): Judgement {
  const request = parseCheckpointRequest(body);
  if (request === undefined) return { status: 400, reason: "not a request for a cosignature" };
  const { oldSize, proof, note } = request;
  const origin = note.slice(0, Math.max(note.indexOf("\n"), 0));
  const keys = keysOf(origin, trusted);
  if (keys.length === 0) return { status: 404, reason: "the log is not known here" };
  const text = openNote(note, keys)?.text;
  if (text === undefined) return { status: 403, reason: "no known key of the log signed this" };
  const checkpoint = parseLogCheckpoint(text);
  if (checkpoint === undefined) return { status: 400, reason: "the note is no checkpoint" };
  if (oldSize > checkpoint.size)
    return { status: 400, reason: "the old size is larger than the new one" };
  const before = remembered(origin);
  if ((before?.size ?? 0) !== oldSize) return { status: 409, size: before?.size ?? 0 };
  if (before?.size === checkpoint.size && !equalBytes(before.root, checkpoint.root))
    return { status: 409, size: before.size };
  return continues(before, checkpoint, proof)
    ? { status: 200, checkpoint, text }
    : { status: 422, reason: "the log does not continue what it was" };
}

/** Whether a log shows that it continues what is remembered of it. */
function continues(
  before: LogCheckpoint | undefined,
  { size, root }: LogCheckpoint,
  proof: readonly Uint8Array[],
): boolean {
  if (before === undefined) return proof.length === 0;
  return verifyConsistency(before.size, before.root, size, root, proof);
}

/** The name of a deployment's key; the origins of its logs go on with the number of a boot. */
export function deploymentKeyName(deployment: string): string {
  return `keywright/${deployment}`;
}

/** The deployment and the boot that an origin names. */
export function parseLogOrigin(
  origin: string,
): { readonly deployment: string; readonly boot: number } | undefined {
  const [, deployment, boot] = /^keywright\/([\da-f-]{36})\/([1-9]\d{0,14})$/.exec(origin) ?? [];
  return deployment === undefined ? undefined : { deployment, boot: Number(boot) };
}

function keysOf(origin: string, trusted: readonly VerifierKey[]): readonly VerifierKey[] {
  const log = parseLogOrigin(origin);
  if (log === undefined) return [];
  return trusted
    .filter(({ name }) => name === deploymentKeyName(log.deployment))
    .map(({ publicKey }) => verifierKey(origin, publicKey));
}
