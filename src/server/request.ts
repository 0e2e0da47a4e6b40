import { IncomingMessage } from "node:http";
import type { ReceivedHeaders } from "./headers.ts";
import { readHeaders } from "./headers.ts";

/** The body, or why there is none: it is larger than allowed, all bodies together are, it came with trailers, or the client has gone. */
export type ReceivedBody = Uint8Array | "too large" | "no room" | "trailers" | "gone";

/** Room for the bodies that are being received, of all connections together. `used` changes as they come and go. */
export interface BodyRoom {
  readonly bytes: number;
  used: number;
}

/** A body on its way. */
interface Arrival {
  readonly limit: number;
  readonly room: BodyRoom;
  readonly resolve: (body: ReceivedBody) => void;
  readonly chunks: Buffer[];
  length: number;
}

/**
 * A request that takes its body from the parser itself: bodies are small and wanted whole, and the stream between costs more than
 * they do. Before and after that it is the stream that Node makes of it, as which the rest of an unwanted body is dropped.
 */
export class Request extends IncomingMessage {
  #arrival: Arrival | undefined;

  get received(): ReceivedHeaders {
    return readHeaders(this.rawHeaders);
  }

  /** Collects a body of at most `limit` bytes; what comes after the limit is left unread. Never rejects. Must be asked before the body comes. */
  receive(limit: number, room: BodyRoom): Promise<ReceivedBody> {
    const { promise, resolve } = Promise.withResolvers<ReceivedBody>();
    this.#arrival = { limit, room, resolve, chunks: [], length: 0 };
    return promise;
  }

  /** A piece of the body from the parser, or null at its end. */
  override push(chunk: Buffer | null): boolean {
    const arrival = this.#arrival;
    if (arrival === undefined) return super.push(chunk);
    if (chunk === null) return this.#end(wholeOf(arrival.chunks));
    const { limit, room } = arrival;
    arrival.length += chunk.length;
    room.used += chunk.length;
    arrival.chunks.push(chunk);
    if (arrival.length > limit) this.#settle("too large");
    else if (room.used > room.bytes) this.#settle("no room");
    return this.#arrival !== undefined;
  }

  override _destroy(error: Error | null, callback: (error?: Error | null) => void): void {
    this.#settle("gone");
    super._destroy(error, callback);
  }

  #end(body: Buffer): boolean {
    const refused = this.rawTrailers.length > 0;
    this.#settle(refused ? "trailers" : body);
    return refused && super.push(null);
  }

  #settle(body: ReceivedBody): void {
    const arrival = this.#arrival;
    if (arrival === undefined) return;
    this.#arrival = undefined;
    arrival.room.used -= arrival.length;
    arrival.resolve(body);
  }
}

// Node would index all headers of every request to look for this one.
Object.defineProperty(Request.prototype, "headers", {
  get(this: Request) {
    return { expect: this.received.get("expect") };
  },
});

function wholeOf(chunks: readonly Buffer[]): Buffer {
  const [first] = chunks;
  return first !== undefined && chunks.length === 1 ? first : Buffer.concat(chunks);
}
