import { statfs } from "node:fs/promises";
import { second } from "../base/clock.ts";
import type { Commit, CommitResult, Committer } from "../database/commit.ts";
import { NoRoom } from "../database/commit.ts";
import type { Log } from "../server/log.ts";

/** Bytes of a disk. */
interface Disk {
  readonly free: number;
  readonly total: number;
}

/** What is kept free of a disk, in bytes: at most a twentieth of it. */
export function reserveOf({ total }: Disk, reserve: number): number {
  return Math.min(reserve, total / 20);
}

/** Room for so many times the reserve is the last that nobody is warned of. */
const warned = 4;
const lookEvery = 5 * second;

type Room = "ample" | "little" | "none";

/** Tells threads that share it whether there is room: 1 while there is none. */
export type RoomFlag = Int32Array<SharedArrayBuffer>;

/** A committer that takes nothing while there is no room. */
export function guardRoom(flag: RoomFlag, committer: Committer): Committer {
  return {
    submit: (commit: Commit): Promise<CommitResult> =>
      flag[0] === 1
        ? Promise.reject(new NoRoom("the rest of the disk is kept free"))
        : committer.submit(commit),
  };
}

/**
 * Refuses calls before the disk is full: a record that could not be written would have to be dropped, or everything with it. Warns long
 * before. What was refused goes on by itself when there is room again.
 */
export class DiskRoom {
  readonly #folder: string;
  /** In bytes. */
  readonly #reserve: number;
  readonly #log: Log;
  readonly #timer: NodeJS.Timeout;
  readonly flag: RoomFlag = new Int32Array(new SharedArrayBuffer(4));
  #room: Room = "ample";

  constructor(folder: string, reserve: number, log: Log) {
    this.#folder = folder;
    this.#reserve = reserve;
    this.#log = log;
    this.#timer = setInterval(() => void this.look(), lookEvery);
  }

  /** Looks how much room there is now. */
  async look(): Promise<void> {
    try {
      const { bavail, blocks, bsize } = await statfs(this.#folder);
      this.#note({ free: bavail * bsize, total: blocks * bsize });
    } catch (cause) {
      // A disk that tells nothing fails the writer, which says so; nothing is known of its room.
      this.#log("debug", "the room on the disk is not known", { error: String(cause) });
    }
  }

  stop(): void {
    clearInterval(this.#timer);
  }

  #note(disk: Disk): void {
    const reserve = reserveOf(disk, this.#reserve);
    const room = disk.free < reserve ? "none" : disk.free < warned * reserve ? "little" : "ample";
    if (room === this.#room) return;
    this.#room = room;
    this.flag[0] = room === "none" ? 1 : 0;
    const free = `${Math.round(disk.free / 2 ** 20)} MiB`;
    if (room === "none")
      this.#log("error", "the disk is almost full: every call is refused until there is room", {
        free,
      });
    else if (room === "little")
      this.#log("warn", "the disk fills up: calls will be refused when it is almost full", {
        free,
      });
    else this.#log("info", "the disk has room again", { free });
  }
}
