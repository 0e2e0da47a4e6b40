import { randomBytes } from "node:crypto";
import type { Caller } from "./caller.ts";
import type { Load, Slice } from "./load.ts";
import type { Answer, OperationName, Subject } from "./operations.ts";
import { findMaker, findProver, splitAnswer } from "./operations.ts";

/** How a server is spoken to. */
export interface Dialect {
  /** The operations that it knows. */
  readonly operations: readonly OperationName[];
  /** Makes a function that writes whole requests, with the date of now where the protocol has one. */
  open(now: Date): (operation: OperationName, subject: Subject) => Buffer;
  /** Reads the body of a good answer. */
  read(body: string): Answer;
}

/** Requests and what each of them is about. */
export interface Batch {
  readonly operation: OperationName;
  readonly subjects: readonly Subject[];
  readonly requests: readonly Buffer[];
}

/** The load's side of one server: makes requests, and checks samples of the answers. */
export class Client {
  readonly caller: Caller;
  readonly #dialect: Dialect;
  /** Subjects that were really encrypted or authenticated, by the operation that did it; they grow to the largest batch. */
  readonly #stocks = new Map<OperationName, readonly Subject[]>();
  #numbers = 0;

  constructor(caller: Caller, dialect: Dialect) {
    this.caller = caller;
    this.#dialect = dialect;
  }

  get operations(): readonly OperationName[] {
    return this.#dialect.operations;
  }

  /** Writes `count` requests, no two alike, with the present date. */
  async prepare(operation: OperationName, count: number): Promise<Batch> {
    const maker = findProver(operation)?.madeBy;
    const subjects =
      maker === undefined
        ? this.#newSubjects(count)
        : (await this.#fillStock(maker, count)).slice(0, count);
    return this.#write(operation, subjects);
  }

  /** Sends a batch for some time and checks every answer's status and a few answers' content. Throws when one is wrong. */
  async run(batch: Batch, load: Pick<Load, "connections" | "seconds" | "cpu">): Promise<Slice> {
    const { requests } = batch;
    const every = Math.max(1, Math.floor(requests.length / samplesPerSlice));
    const keep = (index: number): boolean => index % every === 0;
    const slice = await this.caller.send({ ...load, keep, request: (index) => requests[index] });
    await this.#check(batch, slice.kept);
    return slice;
  }

  /** One whole answer to an operation, as received. */
  async sample(operation: OperationName): Promise<string> {
    const [answer = ""] = await this.caller.ask((await this.prepare(operation, 1)).requests);
    return answer;
  }

  /** Writes requests one by one, each with the date of its second. */
  stream(operation: OperationName): () => Buffer {
    let second = 0;
    let write = this.#dialect.open(new Date());
    return () => {
      const now = Math.floor(Date.now() / 1000);
      if (now !== second) write = this.#dialect.open(new Date());
      second = now;
      return write(operation, this.#newSubject());
    };
  }

  async #check(batch: Batch, answers: ReadonlyMap<number, string>): Promise<void> {
    const pairs = [...answers].flatMap(([index, text]) => {
      const subject = batch.subjects[index];
      return subject === undefined ? [] : [{ subject, answer: this.#read(text) }];
    });
    const maker = findMaker(batch.operation);
    if (maker === undefined) {
      for (const { subject, answer } of pairs) requireTrue(batch.operation, subject, answer);
      return;
    }
    const claims = pairs.map(({ subject, answer }) => maker.claim(subject, answer));
    const proofs = await this.caller.ask(this.#write(maker.provedBy, claims).requests);
    for (const [index, claim] of claims.entries())
      requireTrue(maker.provedBy, claim, this.#read(proofs[index] ?? ""));
  }

  async #fillStock(operation: OperationName, count: number): Promise<readonly Subject[]> {
    const stock = this.#stocks.get(operation) ?? [];
    if (stock.length >= count) return stock;
    const maker = findMaker(operation);
    if (maker === undefined) throw new TypeError(`${operation} makes nothing`);
    const fresh = this.#newSubjects(count - stock.length);
    const answers = await this.caller.ask(this.#write(operation, fresh).requests);
    const made = fresh.map((subject, index) =>
      maker.claim(subject, this.#read(answers[index] ?? "")),
    );
    const filled = [...stock, ...made];
    this.#stocks.set(operation, filled);
    return filled;
  }

  #read(text: string): Answer {
    return this.#dialect.read(splitAnswer(text).body);
  }

  #write(operation: OperationName, subjects: readonly Subject[]): Batch {
    const write = this.#dialect.open(new Date());
    return { operation, subjects, requests: subjects.map((each) => write(operation, each)) };
  }

  #newSubjects(count: number): readonly Subject[] {
    return Array.from({ length: count }, () => this.#newSubject());
  }

  #newSubject(): Subject {
    return { number: this.#numbers++, plaintext: randomBytes(32).toString("base64") };
  }
}

const samplesPerSlice = 64;

function requireTrue(operation: OperationName, subject: Subject, answer: Answer): void {
  if (findProver(operation)?.holds(subject, answer) === true) return;
  throw new Error(
    `${operation} answers ${JSON.stringify(answer)} about ${JSON.stringify(subject)}`,
  );
}
