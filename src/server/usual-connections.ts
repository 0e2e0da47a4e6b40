import type { Server } from "node:http";
import * as https from "node:https";
import type { Socket } from "node:net";
import { second } from "../base/clock.ts";
import { encodingOf } from "./answer.ts";
import type { Connections } from "./connections.ts";
import type { UsualRequest } from "./usual-request.ts";
import { UsualRequests } from "./usual-request.ts";

/** An answer as it goes over the wire. */
export interface WrittenAnswer {
  readonly text: string;
  /** Whether it is the last of its connection. */
  readonly last: boolean;
}

/** What serves requests of the usual form. */
export interface UsualOptions {
  readonly headersTimeout: number;
  readonly keepAliveTimeout: number;
  readonly bodyBytes: number;
  readonly connections: Connections;
  readonly answer: (socket: Socket, request: UsualRequest) => Promise<WrittenAnswer>;
  /** Told why a connection was dropped. */
  readonly onFault: (error: Error) => void;
}

/**
 * Serves the connections of a server for as long as their requests have the usual form, and hands them to Node's HTTP server with the
 * first that has not: reading those costs a third of what Node's streams and events around a request do.
 */
export function serveUsual(server: Server, options: UsualOptions): void {
  const established = server instanceof https.Server ? "secureConnection" : "connection";
  const [node] = server.listeners(established);
  if (node === undefined) throw new TypeError("Node's HTTP server listens to its connections");
  server.removeListener(established, node as () => void);
  const { connections } = options;
  server.on(established, (socket: Socket) => {
    const handOver = (): void => void Reflect.apply(node, server, [socket]);
    if (connections.closing || connections.isSurplus(socket)) handOver();
    else new UsualConnection(socket, options, handOver).begin();
  });
}

class UsualConnection {
  readonly #socket: Socket;
  readonly #options: UsualOptions;
  readonly #toNode: () => void;
  readonly #requests = new UsualRequests();
  /** Whether a request waits for its answer. */
  #busy: boolean = false;
  /** What came meanwhile. */
  readonly #early: Buffer[] = [];
  #served: boolean = false;
  #ended: boolean = false;

  constructor(socket: Socket, options: UsualOptions, handOver: () => void) {
    this.#socket = socket;
    this.#options = options;
    this.#toNode = handOver;
  }

  begin(): void {
    const { headersTimeout, connections } = this.#options;
    // Who has ended their side still gets their answer. Only now: a TLS handshake that the client ends is over.
    this.#socket.allowHalfOpen = true;
    this.#socket
      .on("data", this.#onData)
      .on("end", this.#onEnd)
      .on("timeout", this.#onTimeout)
      .on("drain", this.#onDrain)
      .on("error", this.#onError)
      .setTimeout(headersTimeout);
    connections.watch(this.#socket, () => !this.#busy);
  }

  readonly #onData = (bytes: Buffer): void => {
    // Behind the last answer: what would be done now could not be answered.
    if (!this.#socket.writable) return;
    if (this.#busy) {
      // The order of answers is Node's to keep.
      this.#early.push(bytes);
      this.#socket.pause();
      return;
    }
    const request = this.#options.connections.closing ? undefined : this.#requests.read(bytes);
    if (request === undefined || request.body.length > this.#options.bodyBytes)
      this.#handOver([bytes]);
    else this.#serve(request);
  };

  #serve(request: UsualRequest): void {
    this.#busy = true;
    this.#options.answer(this.#socket, request).then(this.#answered, this.#fail);
  }

  readonly #answered = (answer: WrittenAnswer): void => {
    try {
      this.#send(answer);
    } catch (error) {
      this.#fail(error);
    }
  };

  #send({ text, last }: WrittenAnswer): void {
    const socket = this.#socket;
    this.#busy = false;
    if (!socket.writable) return;
    const encoding = encodingOf(text);
    if (last || this.#ended) {
      socket.end(text, encoding);
      // Clients may leave their side open.
      socket.destroySoon();
      return;
    }
    if (!this.#served) socket.setTimeout(this.#options.keepAliveTimeout + second);
    this.#served = true;
    // Who does not read their answers is not read from either.
    if (!socket.write(text, encoding)) socket.pause();
    if (this.#early.length > 0) this.#handOver(this.#early);
  }

  readonly #fail = (error: unknown): void => {
    this.#options.onFault(error instanceof Error ? error : new Error(String(error)));
    this.#socket.destroy();
  };

  readonly #onDrain = (): void => {
    if (this.#early.length === 0) this.#socket.resume();
  };

  readonly #onEnd = (): void => {
    this.#ended = true;
    if (!this.#busy) this.#socket.end();
  };

  readonly #onTimeout = (): void => {
    if (this.#busy) return;
    if (this.#served) this.#socket.destroy();
    else this.#options.connections.refuseSilent(this.#socket);
  };

  readonly #onError = (): void => {
    this.#socket.destroy();
  };

  /** Node's server goes on with the connection, as if what was read had just come. */
  #handOver(pieces: readonly Buffer[]): void {
    const socket = this.#socket;
    socket.pause();
    socket
      .off("data", this.#onData)
      .off("end", this.#onEnd)
      .off("timeout", this.#onTimeout)
      .off("drain", this.#onDrain)
      .off("error", this.#onError)
      .setTimeout(0);
    this.#options.connections.unwatch(socket);
    for (const piece of pieces.toReversed()) socket.unshift(piece);
    this.#toNode();
    socket.resume();
  }
}
