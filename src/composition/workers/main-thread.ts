import type { HttpAnswer } from "../../server/answer.ts";
import type { ReceivedRequest } from "../../server/front-door.ts";
import type { CarriedAnswer, FromWorker, ToWorker } from "./messages.ts";

type Answer = Extract<ToWorker, { kind: "answer" }>;
type Piece = Extract<ToWorker, { kind: "piece" }>;

/** The main thread as an HTTP worker knows it: it answers what the worker cannot. */
export class MainThread {
  readonly #post: (message: FromWorker) => void;
  readonly #asked = new Map<number, (answer: CarriedAnswer) => void>();
  readonly #wanted = new Map<number, (piece: Piece) => void>();
  #nextId = 0;

  constructor(post: (message: FromWorker) => void) {
    this.#post = post;
  }

  /** Hands a whole request over, unproven as it came: the main thread believes a worker nothing. */
  async ask(request: ReceivedRequest): Promise<HttpAnswer> {
    const id = this.#nextId++;
    const { promise, resolve } = Promise.withResolvers<CarriedAnswer>();
    this.#asked.set(id, resolve);
    // A copy: what is cloned of a view is all the memory behind it.
    const { headers, ...rest } = request;
    const carried = { ...rest, rawHeaders: headers.raw, body: copyOf(request.body) };
    this.#post({ kind: "request", id, request: carried });
    const { body, ...head } = await promise;
    if (typeof body === "string") return { ...head, body };
    return { ...head, body: { length: body.length, pieces: () => this.#pieces(id) } };
  }

  hear(message: Answer | Piece): void {
    const { id } = message;
    if (message.kind === "answer") {
      this.#asked.get(id)?.(message.answer);
      this.#asked.delete(id);
    } else {
      this.#wanted.get(id)?.(message);
      this.#wanted.delete(id);
    }
  }

  async *#pieces(id: number): AsyncGenerator<Uint8Array> {
    try {
      for (;;) {
        const { promise, resolve } = Promise.withResolvers<Piece>();
        this.#wanted.set(id, resolve);
        this.#post({ kind: "next", id });
        const { piece, failed } = await promise;
        if (failed) throw new Error("the rest of the answer could not be read");
        if (piece === undefined) return;
        yield piece;
      }
    } finally {
      this.#post({ kind: "drop", id });
    }
  }
}

function copyOf(bytes: Uint8Array): Uint8Array {
  return Uint8Array.from(bytes);
}
