import * as assert from "node:assert/strict";
import { describe, test } from "node:test";
import { Turns } from "./turns.ts";

const full = new Error("full");

/** Jobs that a test ends by hand, and the order in which they began. */
class Jobs {
  readonly begun: string[] = [];
  readonly #ends = new Map<string, () => void>();
  readonly #turns: Turns;

  constructor(atOnce: number, waiting: number) {
    this.#turns = new Turns({ atOnce, waiting }, () => full);
  }

  /** Asks for a turn for `a1`, `a2`, …: the first letter is the party. */
  ask(name: string): Promise<string> {
    return this.#turns.run(name.slice(0, 1), async () => {
      this.begun.push(name);
      const { promise, resolve } = Promise.withResolvers<void>();
      this.#ends.set(name, resolve);
      await promise;
      return name;
    });
  }

  close(reason: Error): void {
    this.#turns.end(reason);
  }

  async end(name: string): Promise<void> {
    const end = this.#ends.get(name);
    assert.ok(end, `${name} has not begun`);
    end();
    await settled();
  }

  /** Ends the running ones one after the other until none is left, and tells in which order all began. */
  async endAll(): Promise<readonly string[]> {
    for (let next = 0; next < this.begun.length; next++) await this.end(this.begun[next] ?? "");
    return this.begun;
  }
}

const settled = (): Promise<void> => new Promise((resolve) => setImmediate(resolve));

describe("turns", () => {
  test("no more jobs run at once than there are places", async () => {
    const jobs = new Jobs(2, 10);
    const all = ["a1", "a2", "a3", "a4"].map((name) => jobs.ask(name));
    await settled();
    assert.deepEqual(jobs.begun, ["a1", "a2"]);
    await jobs.end("a2");
    assert.deepEqual(jobs.begun, ["a1", "a2", "a3"]);
    await jobs.endAll();
    assert.deepEqual(await Promise.all(all), ["a1", "a2", "a3", "a4"]);
  });

  test("parties take turns, however long their lines are", async () => {
    const jobs = new Jobs(1, 10);
    for (const name of ["a1", "a2", "a3", "a4", "b1", "b2", "c1"]) void jobs.ask(name);
    await settled();
    assert.deepEqual(await jobs.endAll(), ["a1", "a2", "b1", "c1", "a3", "b2", "a4"]);
  });

  test("who comes again after each turn waits until the others had theirs", async () => {
    const jobs = new Jobs(1, 10);
    for (const name of ["a1", "a2", "b1", "c1"]) void jobs.ask(name);
    await settled();
    await jobs.end("a1");
    void jobs.ask("a3");
    assert.deepEqual(await jobs.endAll(), ["a1", "a2", "b1", "c1", "a3"]);
  });

  test("one more than may wait is refused, and nothing of it has run", async () => {
    const jobs = new Jobs(1, 2);
    const kept = ["a1", "a2", "a3"].map((name) => jobs.ask(name));
    await assert.rejects(jobs.ask("a4"), full);
    await settled();
    assert.deepEqual(await jobs.endAll(), ["a1", "a2", "a3"]);
    await Promise.all(kept);
  });

  test("in a full house a newcomer takes the place of the last of the longest line", async () => {
    const jobs = new Jobs(1, 3);
    for (const name of ["a1", "a2", "a3"]) void jobs.ask(name);
    const a4 = jobs.ask("a4");
    void jobs.ask("b1");
    await assert.rejects(a4, full);
    await assert.rejects(jobs.ask("a5"), full);
    assert.deepEqual(await jobs.endAll(), ["a1", "a2", "b1", "a3"]);
  });

  test("lines of the same length lose nobody to a newcomer", async () => {
    const jobs = new Jobs(1, 3);
    for (const name of ["a1", "a2", "b1", "b2"]) void jobs.ask(name);
    await assert.rejects(jobs.ask("a3"), full);
    assert.deepEqual(await jobs.endAll(), ["a1", "a2", "b1", "b2"]);
  });

  test("a job that fails hands its place on", async () => {
    const turns = new Turns({ atOnce: 1, waiting: 2 }, () => full);
    const broken = new Error("broken");
    const fail = (): Promise<never> => Promise.reject(broken);
    for (let times = 0; times < 5; times++) {
      const failing = [turns.run("a", fail), turns.run("a", fail), turns.run("b", fail)];
      for (const each of failing) await assert.rejects(each, broken);
    }
    const throwing = (): Promise<never> => {
      throw broken;
    };
    await assert.rejects(turns.run("a", throwing), broken);
    assert.equal(await turns.run("a", async () => "still room"), "still room");
  });

  test("at the end who waits is refused and who comes, and what runs goes on", async () => {
    const jobs = new Jobs(1, 5);
    const closing = new Error("closing");
    const running = jobs.ask("a1");
    const waiting = ["a2", "a3", "b1"].map((name) => jobs.ask(name));
    jobs.close(closing);
    for (const each of [...waiting, jobs.ask("a4")]) await assert.rejects(each, closing);
    await jobs.end("a1");
    assert.equal(await running, "a1");
    assert.deepEqual(jobs.begun, ["a1"]);
  });

  test("who was refused leaves no place taken and no line behind", async () => {
    const jobs = new Jobs(1, 0);
    const first = jobs.ask("a1");
    for (const name of ["a2", "b1", "c1"]) await assert.rejects(jobs.ask(name), full);
    await jobs.end("a1");
    assert.equal(await first, "a1");
    const next = jobs.ask("d1");
    await settled();
    await jobs.end("d1");
    assert.equal(await next, "d1");
    assert.deepEqual(jobs.begun, ["a1", "d1"]);
  });
});
