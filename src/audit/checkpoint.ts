import { canonicalJson, isJsonObject, readJsonBytes } from "../base/json.ts";
import { signEd25519, verifyEd25519 } from "../crypto/signature.ts";
import type { ChainState } from "./chain.ts";

/** A signed statement that the journal of a deployment stood at a sequence with a chain at a time. */
export interface Checkpoint {
  readonly sequence: number;
  /** 64 hex digits. */
  readonly chain: string;
  /** ISO 8601, UTC. */
  readonly time: string;
}

function message(deployment: string, { sequence, chain, time }: Checkpoint): Buffer {
  return Buffer.from(
    `keywright/checkpoint/v1\n${deployment}\n${sequence}\n${chain}\n${time}\n`,
    "utf8",
  );
}

/** Signs where a journal stands; the result is the payload of a checkpoint frame. */
export function signCheckpoint(
  deployment: string,
  state: ChainState,
  now: Date,
  privateKey: Uint8Array,
): Buffer {
  const checkpoint = {
    sequence: state.sequence,
    chain: Buffer.from(state.chain).toString("hex"),
    time: now.toISOString(),
  };
  const signature = signEd25519(privateKey, message(deployment, checkpoint)).toString("base64");
  return Buffer.from(canonicalJson({ ...checkpoint, deployment, signature }), "utf8");
}

/** Reads a checkpoint whose signature holds for this deployment; undefined otherwise. */
export function openCheckpoint(
  deployment: string,
  payload: Uint8Array,
  publicKey: Uint8Array,
): Checkpoint | undefined {
  const read = parse(payload);
  if (read === undefined) return undefined;
  const { checkpoint, signature } = read;
  return verifyEd25519(publicKey, message(deployment, checkpoint), signature)
    ? checkpoint
    : undefined;
}

/** Whether a journal stands as a checkpoint says. */
export function agrees({ sequence, chain }: Checkpoint, state: ChainState): boolean {
  return sequence === state.sequence && chain === Buffer.from(state.chain).toString("hex");
}

function parse(
  payload: Uint8Array,
): { readonly checkpoint: Checkpoint; readonly signature: Buffer } | undefined {
  try {
    const value = readJsonBytes(payload);
    if (!isJsonObject(value)) return undefined;
    const { sequence, chain, time, signature } = value;
    if (typeof sequence !== "number" || typeof chain !== "string" || typeof time !== "string")
      return undefined;
    if (typeof signature !== "string") return undefined;
    return { checkpoint: { sequence, chain, time }, signature: Buffer.from(signature, "base64") };
  } catch {
    // Not JSON: the same answer as a signature that does not hold.
    return undefined;
  }
}
