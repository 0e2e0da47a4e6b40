import { existsSync } from "node:fs";
import { setTimeout as sleep } from "node:timers/promises";
import { second } from "../base/clock.ts";
import { AwsError, IntegrityError } from "../base/errors.ts";
import type { Deployment } from "../database/deployment.ts";
import { StorageDamage } from "../database/embedded.ts";
import { listSegments } from "../database/journal-files.ts";
import type { FrontDoor } from "../server/front-door.ts";
import { closedFrontDoor } from "../server/front-door.ts";
import { asError } from "../server/log.ts";
import type { AuthenticationFailures } from "./authentication-failures.ts";
import { countAuthenticationFailures } from "./authentication-failures.ts";
import type { Work, WorkPlace } from "./work.ts";
import { openWork } from "./work.ts";

const shortestWait = second / 4;
const longestWait = 10 * second;
/** Who has worked for so long fails for the first time. */
const longEnough = second;

const recovering = new AwsError(
  "ServiceUnavailableException",
  "The service is recovering: try again.",
);
const recoveringDoor = closedFrontDoor(recovering);

/**
 * Work that is opened again when its writer fails. A failed write or sync leaves what is on the disk unknown, and nothing in
 * memory may be trusted to agree with it: so everything but the root key is thrown away, and read again as a new process
 * would, until that succeeds. Meanwhile every call is refused. Damage ends it.
 */
export class SteadyWork {
  readonly #place: WorkPlace;
  readonly #deployment: Deployment;
  readonly #failures: AuthenticationFailures;
  readonly #damaged = Promise.withResolvers<string>();
  readonly #ending = new AbortController();
  #work: Work | undefined;
  #recovery: Promise<void> = Promise.resolve();
  #openedAt = 0;
  /** Milliseconds that the last attempt waited for. */
  #waited = 0;

  private constructor(place: WorkPlace, deployment: Deployment) {
    this.#place = place;
    this.#deployment = deployment;
    const { clock, log } = place;
    const record = (text: string): Promise<void> => this.record(text);
    this.#failures = countAuthenticationFailures({ clock, log, record });
  }

  /** Takes over the root key: whatever happens, that is wiped in the end. */
  static async open(place: WorkPlace, deployment: Deployment): Promise<SteadyWork> {
    const steady = new SteadyWork(place, deployment);
    try {
      await steady.#open();
      return steady;
    } catch (error) {
      await steady.close();
      throw error;
    }
  }

  /** Settles with the reason when what is stored turns out to be damaged: the process must end. */
  get damaged(): Promise<string> {
    return this.#damaged.promise;
  }

  /** Whether calls are refused until the disk can be relied on again. */
  get recovering(): boolean {
    return this.#work?.stalled ?? true;
  }

  readonly frontDoor: FrontDoor = (request) =>
    this.#work === undefined || this.#work.stalled
      ? recoveringDoor(request)
      : this.#work.frontDoor(request);

  sweep(): Promise<void> {
    return this.#work?.sweep() ?? Promise.resolve();
  }

  deliver(): Promise<void> {
    return this.#work?.deliver() ?? Promise.resolve();
  }

  /** Resolves when no request is under way any more, and what was counted of them is recorded. */
  async idle(): Promise<void> {
    await this.#work?.idle();
    await this.#failures.flush();
  }

  /** Makes an audit record durable. */
  async record(record: string): Promise<void> {
    if (this.#work === undefined) throw recovering;
    await this.#work.record(record);
  }

  /** Ends in order what is under way, then wipes all keys. */
  async close(): Promise<void> {
    this.#ending.abort();
    await this.#recovery;
    await this.#work?.idle();
    await this.#failures.stop();
    const work = this.#work;
    // Connections of HTTP workers may outlast it.
    this.#work = undefined;
    await work?.close();
    await this.#recovery;
    this.#deployment.root.wipe();
  }

  async #open(): Promise<void> {
    const work = await openWork(this.#place, this.#deployment, this.#failures.count);
    this.#work = work;
    this.#openedAt = this.#place.clock().getTime();
    void work.failed.then((reason) => {
      this.#recovery = this.#recover(work, reason);
    });
  }

  async #recover(broken: Work, reason: Error): Promise<void> {
    const { clock, log } = this.#place;
    this.#work = undefined;
    if (clock().getTime() - this.#openedAt >= longEnough) this.#waited = 0;
    log("error", "the disk cannot be relied on: every call is refused until it can", {
      reason: reason.message,
    });
    await broken.close().catch((error: unknown) => {
      log("debug", "what failed could not be closed in order", { error: asError(error) });
    });
    if (isDamage(reason)) return this.#damaged.resolve(reason.message);
    while (await this.#pause())
      try {
        requireThere(this.#place);
        await this.#open();
        return log("warn", "recovered: calls are taken again");
      } catch (error) {
        if (isDamage(error)) return this.#damaged.resolve(error.message);
        log("debug", "not recovered yet", { error: asError(error) });
      }
  }

  /** Waits, longer after each failure; false when the end has come. */
  async #pause(): Promise<boolean> {
    const { signal } = this.#ending;
    this.#waited = Math.min(longestWait, Math.max(shortestWait, this.#waited * 2));
    await sleep(this.#waited, undefined, { signal }).catch(() => undefined);
    return !signal.aborted;
  }
}

/** A folder that is away for a time (unmounted, renamed) is not yet damage. */
function requireThere({ folder }: WorkPlace): void {
  if (!existsSync(folder.database)) throw new Error("the database is not in its place");
  if (listSegments(folder.journal).length === 0)
    throw new Error("the audit journal is not in its place");
}

function isDamage(error: unknown): error is StorageDamage | IntegrityError {
  return error instanceof StorageDamage || error instanceof IntegrityError;
}
