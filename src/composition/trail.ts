import { setTimeout } from "node:timers/promises";
import type { Trail } from "../audit/trail.ts";
import { second } from "../base/clock.ts";
import { AwsError, OperatorError } from "../base/errors.ts";
import { secretBytes } from "../base/secret-bytes.ts";
import type { OpenTrail } from "../database/log/open-trail.ts";
import { openTrail } from "../database/log/open-trail.ts";
import type { TrailThreadOptions } from "../database/log/trail-thread.ts";
import type { Leaving } from "../database/log/upkeep.ts";
import type { Log } from "../server/log.ts";

const firstPause = second / 4;
const longestPause = 10 * second;

/**
 * Keeps the logs going for as long as the deployment is at work. What stops them, such as a full disk, does not stop calls: the
 * journal has their records, and the logs take them up when they are opened again. Damage is for an operator to mend.
 */
export async function keepTrail(options: TrailThreadOptions, log: Log): Promise<OpenTrail> {
  const kept = new KeptTrail(options, log);
  await kept.open();
  return kept;
}

class KeptTrail implements OpenTrail {
  readonly #options: TrailThreadOptions;
  readonly #log: Log;
  readonly #damaged = Promise.withResolvers<Error>();
  readonly #closing = new AbortController();
  #open: OpenTrail | undefined;
  #recovery: Promise<void> = Promise.resolve();

  constructor(options: TrailThreadOptions, log: Log) {
    const privateKey = secretBytes(options.privateKey.length);
    privateKey.set(options.privateKey);
    this.#options = { ...options, privateKey };
    this.#log = log;
  }

  /** Settles when the logs or the journal turn out to be damaged. */
  get failed(): Promise<Error> {
    return this.#damaged.promise;
  }

  readonly trail: Trail = {
    settled: () => this.#trail.settled(),
    lookup: (query) => this.#trail.lookup(query),
    read: (scope, after, bytes) => this.#trail.read(scope, after, bytes),
    regions: (account, after) => this.#trail.regions(account, after),
    position: () => this.#trail.position(),
    usage: (accounts, from, to) => this.#trail.usage(accounts, from, to),
    keyTimes: (accounts, from, to) => this.#trail.keyTimes(accounts, from, to),
  };

  async tidy(leaving: Leaving): Promise<boolean> {
    return (await this.#open?.tidy(leaving)) ?? false;
  }

  async open(): Promise<void> {
    const open = await openTrail(this.#options);
    this.#open = open;
    void open.failed.then((error) => {
      this.#recovery = this.#recover(open, error);
    });
  }

  async close(): Promise<void> {
    this.#closing.abort();
    await this.#recovery;
    await this.#open?.close();
    this.#options.privateKey.fill(0);
  }

  get #trail(): Trail {
    if (this.#open === undefined)
      throw new AwsError(
        "ServiceUnavailableException",
        "The audit logs are being opened again: try later.",
      );
    return this.#open.trail;
  }

  /** Opens the logs again, with longer and longer pauses. */
  async #recover(broken: OpenTrail, error: Error): Promise<void> {
    this.#open = undefined;
    await broken.close();
    this.#log("error", "the audit logs cannot be written; the journal goes on", { error });
    for (let pause = firstPause; !this.#closing.signal.aborted; pause *= 2) {
      await this.#pause(Math.min(pause, longestPause));
      try {
        await this.open();
        return this.#log("info", "the audit logs are written again");
      } catch (cause) {
        if (cause instanceof OperatorError) return this.#damaged.resolve(cause);
      }
    }
  }

  async #pause(length: number): Promise<void> {
    const { signal } = this.#closing;
    // Closing ends the pause early, and is no error.
    await setTimeout(length, undefined, { signal }).catch(() => undefined);
  }
}
