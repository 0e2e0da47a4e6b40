import * as assert from "node:assert/strict";
import { existsSync, readdirSync } from "node:fs";
import { join } from "node:path";
import { after, before, describe, test } from "node:test";
import { setTimeout as pause } from "node:timers/promises";
import { fileURLToPath } from "node:url";
import { askNobody } from "../../src/composition/root-sources.ts";
import { reportAudit } from "../../src/composition/verify-audit.ts";
import { loadConfig } from "../../src/config.ts";
import type { Fault, Target } from "./faults.ts";
import {
  databaseFaults,
  fullFaults,
  journalFaults,
  limitFaults,
  mayLimit,
  slowFaults,
} from "./faults.ts";
import { Load } from "./load.ts";
import type { Folder, ServerProcess } from "./process.ts";
import { newFolder, startProcess } from "./process.ts";
import { readRemains } from "./records.ts";
import { mountSmallDisk } from "./small-disk.ts";

const clients = 4;
const failed = "the disk cannot be relied on";
const smallDisk = mountSmallDisk(40);
after(() => smallDisk?.remove());

/** A server that meets one fault after the other while clients are at work. */
class Ordeal {
  readonly folder: Folder;
  readonly server: ServerProcess;
  #load: Load | undefined;
  readonly #control: string;

  constructor(parent?: string) {
    this.folder = newFolder(undefined, parent);
    this.#control = join(this.folder.seed, "..", "broken");
    this.server = startProcess(this.folder, {
      node: ["--import", fileURLToPath(new URL("./broken-disk.ts", import.meta.url))],
      arguments: ["--log-level", "debug"],
      environment: { KEYWRIGHT_TEST_BROKEN_DISK: this.#control },
    });
  }

  async start(): Promise<void> {
    this.#load = new Load(await this.server.ready);
    await this.#load.start(clients);
  }

  get load(): Load {
    assert.ok(this.#load !== undefined);
    return this.#load;
  }

  get #target(): Target {
    const { pid } = this.server.child;
    assert.ok(pid !== undefined);
    return { folder: this.folder, pid, control: this.#control };
  }

  /** Lets clients meet a fault, mends it, and waits until all of them are served again. */
  async meet(fault: Fault): Promise<void> {
    try {
      await this.#meet(fault);
    } catch (cause) {
      throw new Error(`${fault.name}: ${this.server.output().slice(-4_000)}`, { cause });
    }
  }

  async #meet(fault: Fault): Promise<void> {
    // Long enough for the fault to be a new one, after which is not waited for long.
    await pause(1_000);
    await this.load.until("successes", 1);
    const failures = this.load.failures;
    const before = this.#setbacks();
    const mend = fault.begin(this.#target);
    try {
      await this.load.until(fault.harm === "none" ? "successes" : "failures", 1);
      // The first setback is the failure, the second one that of what is read again.
      if (fault.harm === "writer") await this.load.while(() => this.#setbacks() < before + 2);
    } finally {
      mend();
    }
    await this.load.until("successes", 5);
    if (fault.harm === "none") assert.equal(this.load.failures, failures);
  }

  /** How often the writer has failed, or could not be opened again. */
  #setbacks(): number {
    return this.count(failed) + this.count('"not recovered yet"');
  }

  /** How often the server has written a text to its log. */
  count(text: string): number {
    return this.server.output().split(text).length - 1;
  }

  /** Open files of the server; none are counted where the system does not show them. */
  openFiles(): number {
    const folder = `/proc/${this.#target.pid}/fd`;
    return existsSync(folder) ? readdirSync(folder).length : 0;
  }
}

/** Clients of one server meet the faults in turn. */
function suffers(
  title: string,
  faults: readonly Fault[],
  where: { readonly parent?: string | undefined; readonly skip?: string | false } = {},
): void {
  describe(title, { concurrency: false, skip: where.skip ?? false }, () => {
    let ordeal: Ordeal;
    let openFiles = 0;
    before(async () => {
      ordeal = new Ordeal(where.parent);
      await ordeal.start();
      openFiles = ordeal.openFiles();
    });
    after(() => {
      ordeal.server.child.kill("SIGKILL");
      ordeal.folder.remove();
    });
    for (const fault of faults)
      test(`${fault.name}: calls fail cleanly, and service resumes by itself`, async () => {
        await ordeal.meet(fault);
      });
    test("nothing stays open of the writers that failed", () => {
      // The checkpoint of every second may be open just now, or a file of a sweep.
      assert.ok(ordeal.openFiles() <= openFiles + 2, `${openFiles} became ${ordeal.openFiles()}`);
    });
    test("no change that was acknowledged is lost, and none that failed comes later", () =>
      ordeal.load.verify());
    test("every acknowledged call has its record in a journal that verifies", async () => {
      await ordeal.load.stop();
      ordeal.server.child.kill("SIGTERM");
      assert.equal(await ordeal.server.ended, 0, ordeal.server.output());
      const { verification, records } = await readRemains(ordeal.folder);
      assert.equal(verification.fault, undefined);
      const recorded = new Set(records.map((each) => each.requestID));
      const { acknowledged } = ordeal.load;
      assert.deepEqual(
        acknowledged.filter((id) => !recorded.has(id)),
        [],
      );
      assert.ok(acknowledged.length > faults.length * clients * 5);
      assert.deepEqual(
        (await reportAudit(configOf(ordeal.folder), {}, { ask: askNobody })).problems,
        [],
      );
    });
    test("the log tells of each failure and of each recovery once", () => {
      assert.equal(ordeal.count("recovered: calls are taken again"), ordeal.count(failed));
    });
  });
}

function configOf({ data }: Folder) {
  return loadConfig(
    { flags: new Map([["--data", data]]), environment: {}, workingDirectory: data },
    "status",
  );
}

describe("faults under clients at work", { concurrency: true }, () => {
  suffers("of the journal", journalFaults);
  suffers("of the database and the system", [...databaseFaults, ...(mayLimit ? limitFaults : [])]);
  suffers("of a slow disk", slowFaults);
  suffers("of a full disk", fullFaults, {
    parent: smallDisk?.path,
    skip: smallDisk === undefined && "needs the right to mount a small file system",
  });
});
