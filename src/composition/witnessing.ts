import { logOrigin } from "../audit/log-checkpoint.ts";
import { nodesOf } from "../audit/tile-nodes.ts";
import { consistencyProof } from "../audit/tree.ts";
import { second } from "../base/clock.ts";
import type { WitnessPlace } from "../config.ts";
import { syncPath } from "../database/journal-files.ts";
import { bootFiles, listBoots } from "../database/log/boots.ts";
import type { LogKey } from "../database/log/tile-log.ts";
import { readSigned } from "../database/log/tile-log.ts";
import type { Log } from "../server/log.ts";
import type { ShownLog } from "./witness-client.ts";
import { requireWitness, WitnessFollower } from "./witness-client.ts";

const lookEvery = second;

/** The log of a boot as it stands on the disk. Throws OperatorError when it is damaged. */
function shownLog(folder: string, boot: number, key: LogKey): ShownLog | undefined {
  const files = bootFiles({ folder }, boot);
  const signed = readSigned(boot, files, key, "checkpoint");
  if (signed === undefined) return undefined;
  // A witness remembers longer than a folder whose names are not on the disk yet.
  syncPath(files.folder);
  const { size, note } = signed;
  return {
    origin: logOrigin(key.deployment, boot),
    size,
    note,
    async prove(oldSize) {
      return consistencyProof(
        oldSize,
        size,
        nodesOf(size, (name) => files.read(name)),
      );
    },
  };
}

/** Keeps a witness informed of the logs in a folder. */
export class Witnessing {
  readonly #place: WitnessPlace;
  readonly #folder: string;
  readonly #key: LogKey;
  readonly #log: Log;
  #timer: NodeJS.Timeout | undefined;
  #follower: WitnessFollower | undefined;
  #boot = 0;

  constructor(place: WitnessPlace, folder: string, key: LogKey, log: Log) {
    this.#place = place;
    this.#folder = folder;
    this.#key = key;
    this.#log = log;
  }

  /**
   * Shows the witness the logs as they are found, so that a start that it refuses leaves no boot behind. Throws OperatorError
   * when they are not the newest, or the witness cannot be asked.
   */
  async before(): Promise<void> {
    await requireWitness(this.#place, this.#all(listBoots(this.#folder).toReversed()));
  }

  /** Shows the witness how the logs were finished, and how the newest one begins. Throws OperatorError as `before`. */
  async start(): Promise<void> {
    const [boot = 0, ...earlier] = listBoots(this.#folder).toReversed();
    const own = this.#shown(boot);
    if (own === undefined) throw new Error(`the log of boot ${boot} is not signed`);
    await requireWitness(this.#place, this.#all(earlier), own);
    this.#begin(boot, own.size);
    this.#timer = setInterval(() => this.#look(), lookEvery);
  }

  /** Shows the witness how the logs ended. Call it when nothing is written any more. */
  async close(): Promise<void> {
    clearInterval(this.#timer);
    if (this.#follower === undefined) return;
    this.#look();
    await this.#follower.idle();
  }

  #begin(boot: number, seen: number): void {
    this.#boot = boot;
    this.#follower = new WitnessFollower(this.#place, seen, this.#log);
  }

  /** A log that was opened again has a new boot: the one before is shown a last time. */
  #look(): void {
    const newest = listBoots(this.#folder).at(-1) ?? this.#boot;
    for (let boot = this.#boot; boot <= newest; boot++) {
      if (boot !== this.#boot) this.#begin(boot, 0);
      const log = this.#tryShown(boot);
      if (log !== undefined) this.#follower?.follow(log);
    }
  }

  #tryShown(boot: number): ShownLog | undefined {
    try {
      return this.#shown(boot);
    } catch (error) {
      this.#log("warn", "the audit log cannot be shown to the witness", {
        error: error instanceof Error ? error : new Error(String(error)),
      });
      return undefined;
    }
  }

  #shown(boot: number): ShownLog | undefined {
    return shownLog(this.#folder, boot, this.#key);
  }

  *#all(boots: readonly number[]): Iterable<ShownLog> {
    for (const boot of boots) {
      const log = this.#shown(boot);
      if (log !== undefined) yield log;
    }
  }
}
