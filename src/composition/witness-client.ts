import { openNote } from "../audit/note.ts";
import type { CheckpointRequest } from "../audit/witness.ts";
import { formatCheckpointRequest } from "../audit/witness.ts";
import { second } from "../base/clock.ts";
import { OperatorError } from "../base/errors.ts";
import type { WitnessPlace } from "../config.ts";
import type { Log } from "../server/log.ts";

/** A log as it is shown to a witness. */
export interface ShownLog {
  readonly origin: string;
  readonly size: number;
  /** The checkpoint of that size, as a signed note. */
  readonly note: string;
  /** Proves that the log continues what it was at an older size. */
  prove(oldSize: number): Promise<readonly Uint8Array[]>;
}

/** What a witness answers. */
export type WitnessAnswer =
  /** The line is a signature that can stand below the checkpoint. */
  | { readonly kind: "cosigned"; readonly line: string; readonly time: number }
  /** It has seen the log at another size. */
  | { readonly kind: "conflict"; readonly size: number }
  | { readonly kind: "refused"; readonly reason: string }
  | { readonly kind: "unreachable"; readonly reason: string };

const patience = 10 * second;

/** Asks a witness to cosign a checkpoint. Never throws: what goes wrong is an answer, too. */
async function askWitness(
  { url, key }: WitnessPlace,
  request: CheckpointRequest,
): Promise<WitnessAnswer> {
  try {
    const response = await fetch(`${url}/add-checkpoint`, {
      method: "POST",
      body: formatCheckpointRequest(request),
      redirect: "error",
      signal: AbortSignal.timeout(patience),
    });
    const body = await response.text();
    if (response.status === 409) return conflict(body);
    if (response.status >= 500) return { kind: "unreachable", reason: `HTTP ${response.status}` };
    if (response.status !== 200)
      return { kind: "refused", reason: `HTTP ${response.status}: ${body.trim().slice(0, 200)}` };
    const [signature] = openNote(request.note + body, [key])?.signedBy ?? [];
    return signature?.time === undefined
      ? { kind: "refused", reason: "its answer is not signed with --witness-key" }
      : { kind: "cosigned", line: body, time: signature.time };
  } catch (error) {
    const cause = error instanceof Error && error.cause instanceof Error ? error.cause : error;
    return { kind: "unreachable", reason: cause instanceof Error ? cause.message : String(cause) };
  }
}

function conflict(body: string): WitnessAnswer {
  const size = /^\d{1,15}\n$/.test(body) ? Number(body) : undefined;
  return size === undefined
    ? { kind: "refused", reason: "HTTP 409 without a size" }
    : { kind: "conflict", size };
}

/**
 * Brings a witness up to a log, from the size at which it saw it last; `seen` is a guess. A conflict means that the witness
 * has seen more of the log than there is, or another log.
 */
async function showWitness(
  place: WitnessPlace,
  log: ShownLog,
  seen: number,
): Promise<WitnessAnswer> {
  const proof = await log.prove(seen);
  const answer = await askWitness(place, { oldSize: seen, proof, note: log.note });
  // The size that it was asked with: it has seen as much of another log.
  const isOther = answer.kind === "conflict" && answer.size === seen;
  return isOther ? answer : continued(place, log, answer);
}

/**
 * Shows a witness the logs of earlier boots, the newest first, down to one that it has seen: that one begins with what came
 * before it, so those need no question. Then the log of a new boot, if there is one yet, which it must never have seen. Throws
 * OperatorError when the witness has seen more than there is, which means that the data folder was put back to an earlier
 * state, and when it cannot be asked.
 */
export async function requireWitness(
  place: WitnessPlace,
  earlier: Iterable<ShownLog>,
  own?: ShownLog,
): Promise<void> {
  const unseen: ShownLog[] = own === undefined ? [] : [own];
  for (const log of earlier) {
    const answer = await askWitness(place, { oldSize: log.size, proof: [], note: log.note });
    // A boot that the witness never saw says nothing of those before it.
    if (answer.kind === "conflict" && answer.size === 0) unseen.push(log);
    else {
      requireCosigned(place, log, await continued(place, log, answer));
      break;
    }
  }
  for (const log of unseen.toReversed())
    requireCosigned(place, log, await askWitness(place, { oldSize: 0, proof: [], note: log.note }));
}

/** Shows what was added to a log since the witness saw it. */
async function continued(
  place: WitnessPlace,
  log: ShownLog,
  answer: WitnessAnswer,
): Promise<WitnessAnswer> {
  if (answer.kind !== "conflict" || answer.size >= log.size) return answer;
  const proof = await log.prove(answer.size);
  return askWitness(place, { oldSize: answer.size, proof, note: log.note });
}

function requireCosigned(
  { url }: WitnessPlace,
  { origin, size }: ShownLog,
  answer: WitnessAnswer,
): void {
  if (answer.kind === "cosigned") return;
  if (answer.kind === "unreachable")
    throw new OperatorError(
      `the witness ${url} cannot be asked whether this data folder is the newest one: ${answer.reason}. ` +
        "Start it, or see to the way there; --witness names it",
    );
  if (answer.kind === "conflict")
    throw new OperatorError(
      `the witness ${url} has seen ${answer.size} entries of the audit log ${origin}, and here it has ${size}${answer.size === size ? " others" : ""}: ` +
        "the data folder was put back to an earlier state. Put its newest state back; if that is lost, " +
        "docs/audit-format.md says what to do",
    );
  throw new OperatorError(
    `the witness ${url} does not take the audit log ${origin}: ${answer.reason}. ` +
      "Its --audit-key must be the one that `keywright verify-audit` prints here",
  );
}

/** Shows a witness every checkpoint of a log that grows, or the newest ones when it is slow. What fails is logged, and tried with the next one. */
export class WitnessFollower {
  readonly #place: WitnessPlace;
  readonly #log: Log;
  #newest: ShownLog | undefined;
  #seen: number;
  #work: Promise<void> | undefined;
  #failing: boolean = false;

  /** `seen` is the size of the log that the witness has cosigned. */
  constructor(place: WitnessPlace, seen: number, log: Log) {
    this.#place = place;
    this.#seen = seen;
    this.#log = log;
  }

  /** Takes note of a checkpoint; it is shown as soon as the one before was answered. */
  follow(log: ShownLog): void {
    this.#newest = log;
    this.#work ??= this.#show().finally(() => {
      this.#work = undefined;
    });
  }

  /** Resolves when everything that was followed so far has been shown, or tried to. */
  async idle(): Promise<void> {
    await this.#work;
  }

  async #show(): Promise<void> {
    for (let log = this.#newest; log !== undefined; log = this.#newest) {
      this.#newest = undefined;
      const answer = await this.#ask(log);
      if (answer.kind === "cosigned") this.#seen = log.size;
      this.#report(log, answer);
    }
  }

  async #ask(log: ShownLog): Promise<WitnessAnswer> {
    try {
      return await showWitness(this.#place, log, this.#seen);
    } catch (error) {
      // A proof could not be made: said like any other failure, since calls must go on.
      return { kind: "refused", reason: error instanceof Error ? error.message : String(error) };
    }
  }

  #report({ origin, size }: ShownLog, answer: WitnessAnswer): void {
    const { url } = this.#place;
    if (answer.kind === "cosigned") {
      if (this.#failing) this.#log("info", "the witness follows the audit log again", { url });
      this.#failing = false;
      return;
    }
    const reason =
      answer.kind === "conflict" ? `it has seen ${answer.size} entries` : answer.reason;
    if (!this.#failing || answer.kind !== "unreachable")
      this.#log("warn", "the witness does not cosign the audit log", { url, origin, size, reason });
    this.#failing = true;
  }
}
