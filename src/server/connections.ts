import type { Server, ServerResponse } from "node:http";
import * as https from "node:https";
import type { Socket } from "node:net";
import type { Duplex } from "node:stream";
import { setTimeout as sleep } from "node:timers/promises";
import type { Clock } from "../base/clock.ts";
import { second } from "../base/clock.ts";
import { answerHeaders, plainAnswer } from "./answer.ts";
import { notePeer } from "./connection.ts";

/** Where the answers to unreadable requests get their time and id from. */
interface Stamps {
  readonly clock: Clock;
  readonly newRequestId: () => string;
}

/** How a server ends, in milliseconds. */
export interface ShutdownTimes {
  /** How long it says that it will end and still serves, so that a load balancer can look elsewhere. */
  readonly shutdownDelay: number;
  /** How long requests under way may take after that. */
  readonly shutdownGrace: number;
}

/** Connections beyond the cap that are still told so; beyond these the system refuses. */
const politeRefusals = 256;

/** The open connections of a server: their number, their unreadable requests, and their end. */
export class Connections {
  readonly #limit: number;
  readonly #stamps: Stamps;
  /** Added and removed as sockets open and close. */
  readonly #open = new Set<Socket>();
  readonly #surplus = new WeakSet<Duplex>();
  /** Of the open ones that Node's server has not: whether they may be closed at any time. */
  readonly #watched = new Map<Socket, () => boolean>();
  /** Answers that a socket still owes, in their order; such as are given may stand before them. */
  readonly #owed = new WeakMap<Duplex, ServerResponse[]>();
  #closed: Promise<void> | undefined;

  constructor(limit: number, stamps: Stamps) {
    this.#limit = limit;
    this.#stamps = stamps;
  }

  /** Whether the server takes its leave: every answer is the last of its connection. */
  get closing(): boolean {
    return this.#closed !== undefined;
  }

  follow(server: Server): void {
    server.maxConnections = this.#limit + politeRefusals;
    server.on("connection", (socket: Socket) => {
      this.#open.add(socket);
      socket.once("close", () => this.#open.delete(socket));
    });
    const established = server instanceof https.Server ? "secureConnection" : "connection";
    server.on(established, (socket: Socket) => {
      if (!notePeer(socket)) socket.destroy();
      if (this.#open.size > this.#limit) this.#surplus.add(socket);
    });
    server.on("clientError", (error, socket) => this.#refuseUnreadable(error, socket));
  }

  /** Follows a connection that Node's server has not: at the end it is closed as soon as it is idle. */
  watch(socket: Socket, isIdle: () => boolean): void {
    this.#watched.set(socket, isIdle);
    socket.once("close", () => this.#watched.delete(socket));
  }

  /** Node's server has the connection now. */
  unwatch(socket: Socket): void {
    this.#watched.delete(socket);
  }

  /** Answers a connection of which nothing came in time, and closes it. */
  refuseSilent(socket: Socket): void {
    this.#refuseUnreadable(Object.assign(new Error("no request came"), { code: timedOut }), socket);
  }

  /** Whether a connection came when there were enough. */
  isSurplus(socket: Duplex): boolean {
    return this.#surplus.has(socket);
  }

  /** Notes that a request came, until its response closes. */
  owe(socket: Duplex, response: ServerResponse): void {
    const owed = this.#owed.get(socket);
    if (owed === undefined) {
      this.#owed.set(socket, [response]);
      return;
    }
    while (owed[0]?.destroyed === true) owed.shift();
    owed.push(response);
  }

  /** Announces the end, after the delay stops accepting and closes idle connections, and after the grace the others. */
  close(server: Server, times: ShutdownTimes): Promise<void> {
    this.#closed ??= this.#close(server, times);
    return this.#closed;
  }

  async #close(server: Server, times: ShutdownTimes): Promise<void> {
    await sleep(times.shutdownDelay);
    const { promise, resolve } = Promise.withResolvers<void>();
    server.close(() => resolve());
    // An idle one may still be sending its answer.
    for (const [socket, isIdle] of this.#watched) if (isIdle()) socket.destroySoon();
    const timer = setTimeout(() => {
      for (const socket of this.#open) socket.destroy();
    }, times.shutdownGrace);
    await promise;
    clearTimeout(timer);
  }

  /**
   * Answers what the parser could not read, and closes. While an earlier request of the connection waits for its answer, ours
   * would be taken for that answer, and behind an answer for a second one: then the connection just ends.
   */
  #refuseUnreadable(error: NodeJS.ErrnoException, socket: Duplex): void {
    const unreadable = error.code?.startsWith("HPE_") || error.code === timedOut;
    const owed = (this.#owed.get(socket) ?? []).filter(({ destroyed }) => !destroyed);
    const mistakable = owed.some(({ headersSent, req }) => headersSent || req.complete);
    if (!unreadable || !socket.writable || mistakable) {
      socket.destroy();
      return;
    }
    const status = statuses[error.code ?? ""] ?? "400 Bad Request";
    const answer = plainAnswer(400, status.slice(4).toLowerCase());
    const envelope = {
      requestId: this.#stamps.newRequestId(),
      date: this.#stamps.clock(),
      close: true,
    };
    const headers = answerHeaders(answer, envelope);
    let head = `HTTP/1.1 ${status}\r\n`;
    for (let at = 0; at < headers.length; at += 2) head += `${headers[at]}: ${headers[at + 1]}\r\n`;
    socket.end(`${head}\r\n${answer.body}`);
    setTimeout(() => socket.destroy(), second).unref();
  }
}

const timedOut = "ERR_HTTP_REQUEST_TIMEOUT";

const statuses: Readonly<Record<string, string>> = {
  [timedOut]: "408 Request Timeout",
  HPE_HEADER_OVERFLOW: "431 Request Header Fields Too Large",
};
