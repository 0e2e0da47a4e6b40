import type { HttpAnswer } from "../../server/answer.ts";
import type { FrontDoor } from "../../server/front-door.ts";
import { readHeaders } from "../../server/headers.ts";
import type { Log } from "../../server/log.ts";
import { asError } from "../../server/log.ts";
import type { CarriedAnswer, CarriedRequest, FromWorker, ToWorker } from "./messages.ts";

type Request = Extract<FromWorker, { kind: "request" }>;
type Wish = Extract<FromWorker, { kind: "next" | "drop" }>;

/** The requests that one HTTP worker has handed over to the main thread, and what it has not taken yet of their answers. */
export class HandedOver {
  readonly #frontDoor: FrontDoor;
  readonly #post: (message: ToWorker) => void;
  readonly #log: Log;
  readonly #unread = new Map<number, AsyncIterator<Uint8Array>>();

  constructor(frontDoor: FrontDoor, post: (message: ToWorker) => void, log: Log) {
    this.#frontDoor = frontDoor;
    this.#post = post;
    this.#log = log;
  }

  hear(message: Request | Wish): void {
    if (message.kind === "request") void this.#answer(message);
    else if (message.kind === "next") void this.#next(message.id);
    else this.#drop(message.id);
  }

  /** The worker has gone: nobody takes the rest of any answer. */
  end(): void {
    for (const id of this.#unread.keys()) this.#drop(id);
  }

  async #answer({ id, request }: Request): Promise<void> {
    const { rawHeaders, ...rest } = request;
    const answer = await this.#frontDoor({ ...rest, headers: readHeaders(rawHeaders) });
    this.#post({ kind: "answer", id, answer: this.#carried(id, request, answer) });
  }

  #carried(id: number, { method }: CarriedRequest, { body, ...head }: HttpAnswer): CarriedAnswer {
    if (typeof body === "string") return { ...head, body };
    // Nobody asks for the content of an answer to HEAD.
    if (method !== "HEAD") this.#unread.set(id, body.pieces()[Symbol.asyncIterator]());
    return { ...head, body: { length: body.length } };
  }

  async #next(id: number): Promise<void> {
    try {
      const next = await this.#unread.get(id)?.next();
      const piece = next?.done === false ? Uint8Array.from(next.value) : undefined;
      this.#post({ kind: "piece", id, piece, failed: false });
    } catch (error) {
      this.#log("error", "an answer broke off", { error: asError(error) });
      this.#post({ kind: "piece", id, piece: undefined, failed: true });
    }
  }

  #drop(id: number): void {
    const pieces = this.#unread.get(id);
    this.#unread.delete(id);
    pieces?.return?.().catch((error: unknown) => {
      this.#log("debug", "the rest of an answer was not closed", { error: asError(error) });
    });
  }
}
