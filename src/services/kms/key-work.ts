import { AwsError } from "../../base/errors.ts";
import type { TurnRoom } from "../../base/turns.ts";
import { Turns } from "../../base/turns.ts";
import type { Effort, KeyPart, KeySpec } from "../../crypto/key-spec.ts";
import { keySpecs } from "../../crypto/key-spec.ts";

/** Room for each effort that is not instant. */
export type KeyWorkRoom = Readonly<Record<Exclude<Effort, "instant">, TurnRoom>>;

/** What is computed, for whom. */
export interface Work {
  readonly spec: KeySpec;
  readonly part: KeyPart;
  /** Of the caller. */
  readonly account: string;
}

/** The room in a pool of so many threads on a machine of so many processors: two threads stay free for files. */
export function roomFor(threads: number, processors: number): KeyWorkRoom {
  const long = threads >= 8 ? 2 : 1;
  const slow = Math.max(1, Math.min(processors, threads - long - 2));
  return { slow: { atOnce: slow, waiting: 512 }, long: { atOnce: long, waiting: 64 } };
}

/** Computations with keys that take long, each effort in turns of its own: none of them can take all threads of the pool. */
export class KeyWork {
  readonly #turns: Readonly<Record<keyof KeyWorkRoom, Turns>>;

  constructor({ slow, long }: KeyWorkRoom) {
    this.#turns = { slow: new Turns(slow, tooMuch), long: new Turns(long, tooMuch) };
  }

  /** Computes in turns between accounts; what is instant, at once. Throws ThrottlingException where too many wait. */
  inTurn<T>({ spec, part, account }: Work, job: () => Promise<T>): Promise<T> {
    const effort = keySpecs[spec].effort[part];
    return effort === "instant" ? job() : this.#turns[effort].run(account, job);
  }

  /** Refuses what waits, to be tried again elsewhere or later: who seals or stops a server does not wait for a line. */
  end(): void {
    const reason = new AwsError(
      "ServiceUnavailableException",
      "The service is closing: try again.",
    );
    for (const turns of Object.values(this.#turns)) turns.end(reason);
  }
}

/** AWS's words (facts 1.7); its SDKs try again after a pause. */
export function tooMuch(): AwsError {
  return new AwsError(
    "ThrottlingException",
    "You have exceeded the rate at which you may call KMS. Reduce the frequency of your calls.",
  );
}
