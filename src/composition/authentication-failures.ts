import type { Clock } from "../base/clock.ts";
import { minute } from "../base/clock.ts";
import type { JsonObject } from "../base/json.ts";
import type { Log } from "../server/log.ts";
import { asError } from "../server/log.ts";
import { ownEvent } from "./own-event.ts";
import type { OnAuthenticationFailure } from "./work.ts";

/** What the counter of failed authentications needs around it. */
interface Surroundings {
  readonly clock: Clock;
  readonly log: Log;
  /** Makes an audit record durable. */
  readonly record: (record: string) => Promise<void>;
}

/** Counts requests that proved nobody. */
export interface AuthenticationFailures {
  readonly count: OnAuthenticationFailure;
  /** Tells what was counted so far, before the minute is over. */
  flush(): Promise<void>;
  /** Ends, having told the rest. */
  stop(): Promise<void>;
}

/** Addresses that are counted one by one in a minute; a stranger with more of them must not fill the memory. */
const mostAddresses = 10_000;
/** Addresses that a record names. */
const busiest = 10;

/**
 * Requests that failed authentication have no principal to record, and strangers could flood the audit trail with them: they
 * are counted, and once a minute logged by error and recorded together. Counts that cannot be recorded wait for the next minute.
 */
export function countAuthenticationFailures({
  clock,
  log,
  record,
}: Surroundings): AuthenticationFailures {
  const unlogged = new Map<string, number>();
  let tally = new Tally(clock());
  const tell = async (): Promise<void> => {
    for (const [code, requests] of unlogged)
      log("warn", "requests failed authentication in the last minute", { code, requests });
    unlogged.clear();
    const told = tally;
    if (told.requests === 0) return;
    tally = new Tally(clock());
    try {
      await record(told.event(clock()));
    } catch (error) {
      log("debug", "failed authentications are not recorded yet", { error: asError(error) });
      tally = told.and(tally);
    }
  };
  let telling = Promise.resolve();
  const flush = (): Promise<void> => {
    telling = telling.then(tell);
    return telling;
  };
  const timer = setInterval(() => void flush(), minute);
  timer.unref();
  return {
    count({ code, sourceIp }) {
      increase(unlogged, code, 1);
      tally.count(code, sourceIp);
    },
    flush,
    stop() {
      clearInterval(timer);
      return flush();
    },
  };
}

/** Counts since a moment, bounded whoever sends what. */
class Tally {
  readonly #since: Date;
  readonly #codes = new Map<string, number>();
  readonly #addresses = new Map<string, number>();

  constructor(since: Date) {
    this.#since = since;
  }

  get requests(): number {
    return sum(this.#codes.values());
  }

  count(code: string, address: string): void {
    increase(this.#codes, code, 1);
    this.#countAddress(address, 1);
  }

  /** Both together, since the earlier moment. */
  and(later: Tally): this {
    for (const [code, requests] of later.#codes) increase(this.#codes, code, requests);
    for (const [address, requests] of later.#addresses) this.#countAddress(address, requests);
    return this;
  }

  /** The audit record; its size is bounded. */
  event(time: Date): string {
    const named = [...this.#addresses].toSorted(([, a], [, b]) => b - a).slice(0, busiest);
    const details: JsonObject = {
      since: this.#since.toISOString(),
      requests: this.requests,
      errorCodes: Object.fromEntries(this.#codes),
      sourceIPAddresses: named.map(([address, requests]) => ({ address, requests })),
      otherRequests: this.requests - sum(named.map(([, requests]) => requests)),
    };
    return ownEvent({ eventName: "AuthenticationFailures", readOnly: true, details, time });
  }

  #countAddress(address: string, requests: number): void {
    if (this.#addresses.has(address) || this.#addresses.size < mostAddresses)
      increase(this.#addresses, address, requests);
  }
}

function increase(counts: Map<string, number>, name: string, by: number): void {
  counts.set(name, (counts.get(name) ?? 0) + by);
}

function sum(numbers: Iterable<number>): number {
  return [...numbers].reduce((total, each) => total + each, 0);
}
