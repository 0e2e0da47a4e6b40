import { randomBytes } from "node:crypto";
import type { Load, Slice } from "./load.ts";
import { runSlice } from "./load.ts";
import type { OperationName, Subject } from "./operations.ts";
import { operations, readAnswer } from "./operations.ts";
import { accessKey, region } from "./seed.ts";
import { openSigner } from "./signing.ts";

/** Signed requests and what each of them is about. */
export interface Batch {
  readonly operation: OperationName;
  readonly subjects: readonly Subject[];
  readonly requests: readonly Buffer[];
}

/** The load's side of one Keywright: makes requests, counts what was acknowledged, and checks samples of the answers. */
export class Client {
  readonly #port: number;
  /** Subjects that were really encrypted, for Decrypt; it grows to the largest batch. */
  readonly #stock: Subject[] = [];
  #numbers = 0;
  #acknowledged = 0;

  constructor(port: number) {
    this.#port = port;
  }

  /** Requests that Keywright has answered so far, checks included. */
  get acknowledged(): number {
    return this.#acknowledged;
  }

  /** Signs `count` requests, no two alike, with the present date. */
  async prepare(operation: OperationName, count: number): Promise<Batch> {
    if (operation === "Decrypt") await this.#fillStock(count);
    const subjects =
      operation === "Decrypt"
        ? this.#stock.slice(0, count)
        : Array.from({ length: count }, () => this.#newSubject());
    return this.#sign(operation, subjects);
  }

  /** Sends a batch for some time and checks every answer's status and a few answers' content. Throws when one is wrong. */
  async run(
    { operation, subjects, requests }: Batch,
    load: Pick<Load, "connections" | "seconds">,
  ): Promise<Slice> {
    const every = Math.max(1, Math.floor(requests.length / samplesPerSlice));
    const keep = (index: number): boolean => index % every === 0;
    const slice = await this.#send({ ...load, requests, keep });
    const claims = [...slice.kept].flatMap(([index, text]) => {
      const subject = subjects[index];
      return subject === undefined
        ? []
        : { wanted: subject, claim: operations[operation].claim(subject, readAnswer(text)) };
    });
    if (operation === "Decrypt")
      for (const { wanted, claim } of claims) requireSame(claim.plaintext, wanted.plaintext);
    else await this.#checkByDecrypting(claims.map(({ claim }) => claim));
    return slice;
  }

  /** One whole answer to an operation, as received. */
  async sample(operation: OperationName): Promise<string> {
    const [answer = ""] = await this.#askAll(await this.prepare(operation, 1));
    return answer;
  }

  async #checkByDecrypting(claims: readonly Subject[]): Promise<void> {
    const answers = await this.#askAll(this.#sign("Decrypt", claims));
    for (const [index, claim] of claims.entries())
      requireSame(readAnswer(answers[index] ?? "").Plaintext, claim.plaintext);
  }

  async #fillStock(count: number): Promise<void> {
    if (this.#stock.length >= count) return;
    const fresh = Array.from({ length: count - this.#stock.length }, () => this.#newSubject());
    const answers = await this.#askAll(this.#sign("Encrypt", fresh));
    for (const [index, subject] of fresh.entries())
      this.#stock.push(operations.Encrypt.claim(subject, readAnswer(answers[index] ?? "")));
  }

  async #askAll({ requests }: Batch): Promise<readonly string[]> {
    const connections = Math.min(16, requests.length);
    const seconds = Number.POSITIVE_INFINITY;
    const { kept } = await this.#send({ connections, requests, seconds, keep: () => true });
    return requests.map((_, index) => kept.get(index) ?? "");
  }

  async #send(load: Omit<Load, "port" | "repeat">): Promise<Slice> {
    const slice = await runSlice({ ...load, port: this.#port, repeat: false });
    this.#acknowledged += slice.answered;
    if (slice.failed > 0) throw new Error(`${slice.failed} answers were not 200`);
    return slice;
  }

  #sign(operation: OperationName, subjects: readonly Subject[]): Batch {
    const signer = openSigner(
      {
        accessKeyId: accessKey.id,
        secret: accessKey.secret,
        region,
        host: `127.0.0.1:${this.#port}`,
      },
      new Date(),
    );
    const requests = subjects.map((subject) =>
      signer(`TrentService.${operation}`, operations[operation].body(subject)),
    );
    return { operation, subjects, requests };
  }

  #newSubject(): Subject {
    return { number: this.#numbers++, plaintext: randomBytes(32).toString("base64") };
  }
}

const samplesPerSlice = 64;

function requireSame(found: string | undefined, wanted: string): void {
  if (found !== wanted) throw new Error(`an answer holds ${found} instead of ${wanted}`);
}
