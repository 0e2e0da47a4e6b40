import * as assert from "node:assert/strict";
import { setTimeout as pause } from "node:timers/promises";
import type { Answer, Client } from "./client.ts";
import { openClient } from "./client.ts";
import { administrator } from "./process.ts";

/** How a call may fail while a server recovers: AWS's codes for it, each with its status. */
export const cleanFailures: Readonly<Record<string, number>> = {
  KMSInternalException: 500,
  ServiceUnavailableException: 503,
};

/** Longer than anything may take that ends at all. */
const deadline = 40_000;

/** One client and the key that only it changes. */
interface Worker {
  readonly client: Client;
  readonly keyId: string;
  readonly ciphertext: unknown;
  /** Number of the newest change that was acknowledged, and of the newest that was tried. */
  acknowledged: number;
  tried: number;
  successes: number;
  failures: number;
}

/** Clients that go on through all faults, and know what was acknowledged to them. */
export class Load {
  /** Request ids of all calls that succeeded. */
  readonly acknowledged: string[] = [];
  readonly #url: string;
  readonly #workers: Worker[] = [];
  #working: Promise<unknown> = new Promise(() => undefined);
  #stopped: boolean = false;

  constructor(url: string) {
    this.#url = url;
  }

  async start(clients: number): Promise<void> {
    for (let index = 0; index < clients; index++) this.#workers.push(await this.#newWorker());
    this.#working = Promise.all(this.#workers.map((each) => this.#work(each)));
    this.#working.catch(() => undefined);
  }

  async stop(): Promise<void> {
    this.#stopped = true;
    await this.#working;
    for (const { client } of this.#workers) client.close();
  }

  /** Waits until every client has had so many further answers of a kind; whatever is wrong with one ends the wait. */
  async until(kind: "successes" | "failures", more: number): Promise<void> {
    const before = this.#workers.map((each) => each[kind]);
    await this.while(() =>
      this.#workers.some((each, index) => each[kind] < (before[index] ?? 0) + more),
    );
  }

  /** Waits with all clients at work. */
  async while(condition: () => boolean): Promise<void> {
    const over = AbortSignal.timeout(deadline);
    while (condition()) {
      assert.ok(!this.#stopped, "the clients have stopped");
      assert.ok(!over.aborted, `waited for ${deadline} ms in vain`);
      await Promise.race([pause(10), this.#working]);
    }
  }

  get failures(): number {
    return this.#workers.reduce((sum, each) => sum + each.failures, 0);
  }

  /** Checks that no acknowledged change is lost, and that none which failed came after a later one. */
  async verify(): Promise<void> {
    for (const each of this.#workers) {
      const client = openClient(administrator(this.#url));
      const { KeyMetadata } = (await client.call("DescribeKey", { KeyId: each.keyId })).body;
      client.close();
      const found = Number((KeyMetadata as { readonly Description: string }).Description);
      assert.ok(
        each.acknowledged <= found && found <= each.tried,
        `${found} is stored, ${each.acknowledged} was acknowledged`,
      );
    }
  }

  async #newWorker(): Promise<Worker> {
    const client = openClient(administrator(this.#url));
    const { body } = await client.call("CreateKey", { Description: "0" });
    const { KeyId: keyId } = body["KeyMetadata"] as { readonly KeyId: string };
    const encrypted = await client.call("Encrypt", { KeyId: keyId, Plaintext: "c2VjcmV0" });
    const counts = { acknowledged: 0, tried: 0, successes: 0, failures: 0 };
    return { client, keyId, ciphertext: encrypted.body["CiphertextBlob"], ...counts };
  }

  async #work(worker: Worker): Promise<void> {
    for (let turn = 0; !this.#stopped; turn++) {
      if (turn % 2 === 0) await this.#change(worker);
      else await this.#use(worker);
    }
  }

  async #change(worker: Worker): Promise<void> {
    const number = ++worker.tried;
    const Description = String(number);
    if (await this.#call(worker, "UpdateKeyDescription", { KeyId: worker.keyId, Description }))
      worker.acknowledged = number;
  }

  async #use(worker: Worker): Promise<void> {
    const answer = await this.#call(worker, "Decrypt", { CiphertextBlob: worker.ciphertext });
    if (answer !== undefined) assert.equal(answer.body["Plaintext"], "c2VjcmV0");
  }

  /** The answer of a call that succeeded. One that failed did so as AWS's clients expect it. */
  async #call(worker: Worker, operation: string, input: object): Promise<Answer | undefined> {
    const answer = await Promise.race([worker.client.call(operation, input), tooLate(operation)]);
    if (answer.status === 200) {
      worker.successes++;
      this.acknowledged.push(answer.requestId);
      return answer;
    }
    assert.equal(
      cleanFailures[String(answer.body["__type"])],
      answer.status,
      JSON.stringify(answer),
    );
    worker.failures++;
    await pause(20);
    return undefined;
  }
}

async function tooLate(operation: string): Promise<never> {
  await pause(deadline, undefined, { ref: false });
  throw new Error(`${operation} was not answered within ${deadline} ms`);
}
