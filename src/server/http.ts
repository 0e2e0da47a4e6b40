import type { RequestListener, ServerResponse } from "node:http";
import * as http from "node:http";
import * as https from "node:https";
import type { Clock } from "../base/clock.ts";
import { second } from "../base/clock.ts";
import { AwsError } from "../base/errors.ts";
import type { HttpAnswer } from "./answer.ts";
import { answerText, plainAnswer, sendAnswer, sendLastAnswer } from "./answer.ts";
import { describeConnection } from "./connection.ts";
import type { ShutdownTimes } from "./connections.ts";
import { Connections } from "./connections.ts";
import { tellFailedHandshakes } from "./failed-handshakes.ts";
import { announcesMoreThan, refuseFraming } from "./framing.ts";
import type { FrontDoor } from "./front-door.ts";
import type { Readiness } from "./health.ts";
import { answerHealth } from "./health.ts";
import type { Log } from "./log.ts";
import { refusalOf } from "./refusal.ts";
import type { BodyRoom } from "./request.ts";
import { Request } from "./request.ts";
import type { TlsFiles } from "./tls.ts";
import { followTlsFiles, readTlsFiles, stampTlsFiles, tlsPolicy } from "./tls.ts";
import type { UsualOptions } from "./usual-connections.ts";
import { serveUsual } from "./usual-connections.ts";

/** Bounds of what one client can take. Times in milliseconds. */
export interface Limits {
  readonly bodyBytes: number;
  /** Of all bodies that are being received at one time. */
  readonly allBodiesBytes: number;
  readonly headersTimeout: number;
  readonly requestTimeout: number;
  readonly keepAliveTimeout: number;
  readonly connections: number;
}

const defaultLimits: Limits = {
  bodyBytes: 512 * 1024,
  allBodiesBytes: 64 * 1024 * 1024,
  headersTimeout: 10 * second,
  requestTimeout: 20 * second,
  keepAliveTimeout: 65 * second,
  connections: 4096,
};

/** What one of so many threads that share a port lets its clients take. */
export function shareOfLimits(threads: number): Pick<Limits, "allBodiesBytes" | "connections"> {
  const { allBodiesBytes, connections } = defaultLimits;
  return {
    allBodiesBytes: Math.ceil(allBodiesBytes / threads),
    connections: Math.ceil(connections / threads),
  };
}

/** Everything the server needs; it has no defaults but the limits. */
export interface ServerOptions extends ShutdownTimes {
  readonly frontDoor: FrontDoor;
  readonly clock: Clock;
  readonly log: Log;
  readonly host: string;
  /** 0 lets the system choose. */
  readonly port: number;
  readonly tls?: TlsFiles | undefined;
  /** Every connection comes from a proxy that ended TLS and appended the client's address to X-Forwarded-For. */
  readonly behindTlsProxy: boolean;
  readonly ready: Readiness;
  /** Whether other threads of this process listen on the port, too. */
  readonly reusePort?: boolean;
  readonly newRequestId: () => string;
  readonly limits?: Partial<Limits> | undefined;
}

/** A server that listens. */
export interface ListeningServer {
  readonly port: number;
  /** Host and port, `[::1]:8443` for an IPv6 host. */
  readonly address: string;
  readonly url: string;
  /** Announces the end, stops accepting, lets requests under way finish within the grace. Safe to call again. */
  close(): Promise<void>;
}

/** Opens the service's port. Throws OperatorError when the TLS files do not fit, and the system's error when the port is taken. */
export async function openServer(options: ServerOptions): Promise<ListeningServer> {
  const limits = { ...defaultLimits, ...options.limits };
  const connections = new Connections(limits.connections, options);
  const handler = openHandler(options, limits, connections);
  const server = await createServer(options, limits, handler);
  server.on("checkContinue", handler).on("checkExpectation", handler);
  connections.follow(server);
  serveUsual(server, usualOptions(options, limits, connections));
  await listen(server, options);
  const { port, text: address } = boundTo(server);
  const url = `${options.tls ? "https" : "http"}://${address}`;
  return { port, address, url, close: () => connections.close(server, options) };
}

async function createServer(
  options: ServerOptions,
  limits: Limits,
  handler: RequestListener<typeof Request>,
): Promise<http.Server<typeof Request>> {
  const settings: http.ServerOptions<typeof Request> = {
    maxHeaderSize: 16 * 1024,
    headersTimeout: limits.headersTimeout,
    requestTimeout: limits.requestTimeout,
    keepAliveTimeout: limits.keepAliveTimeout,
    connectionsCheckingInterval: Math.min(second, limits.headersTimeout),
    // Refused in framing.ts, with the headers that every answer of ours has.
    requireHostHeader: false,
    noDelay: true,
    IncomingMessage: Request,
  };
  const server = options.tls
    ? await createTlsServer(settings, options.tls, options.log, handler)
    : http.createServer(settings, handler);
  // Node would drop surplus headers silently; framing.ts counts and refuses instead.
  server.maxHeadersCount = 0;
  // Who has ended their side still gets their answer. Node knows it by this name since its first versions, its types do not.
  return Object.assign(server, { httpAllowHalfOpen: true });
}

async function createTlsServer(
  settings: http.ServerOptions<typeof Request>,
  files: TlsFiles,
  log: Log,
  handler: RequestListener<typeof Request>,
): Promise<http.Server<typeof Request>> {
  const seen = await stampTlsFiles(files);
  const server = https.createServer(
    { ...settings, ...tlsPolicy, ...(await readTlsFiles(files)) },
    handler,
  );
  const stop = followTlsFiles(files, seen, log, (context) => server.setSecureContext(context));
  server.once("close", stop);
  tellFailedHandshakes(server, log);
  return server;
}

function openHandler(
  options: ServerOptions,
  limits: Limits,
  connections: Connections,
): RequestListener<typeof Request> {
  const { frontDoor } = options;
  const room: BodyRoom = { bytes: limits.allBodiesBytes, used: 0 };
  const ready: Readiness = () => (connections.closing ? "draining" : options.ready());

  function refuse(request: Request): HttpAnswer | AwsError | undefined {
    if (connections.isSurplus(request.socket)) return busy("too many connections");
    const fault = refuseFraming(request);
    if (fault !== undefined) return plainAnswer(400, fault);
    const limit = limits.bodyBytes;
    return announcesMoreThan(limit, request) ? tooLarge(limit) : undefined;
  }

  function answer(
    request: Request,
    body: Uint8Array,
    requestId: string,
  ): HttpAnswer | Promise<HttpAnswer> {
    const { method = "", url: target = "", received: headers, socket } = request;
    const health = answerHealth(method, target, ready);
    if (health !== undefined) return health;
    const connection = describeConnection(socket, headers, options.behindTlsProxy);
    return frontDoor({ method, target, headers, body, connection, requestId });
  }

  async function handle(request: Request, response: ServerResponse): Promise<void> {
    const requestId = options.newRequestId();
    connections.owe(request.socket, response);
    const refuseWith = (refusal: HttpAnswer | AwsError): void => {
      const { method = "", url: target = "", received: headers } = request;
      const reply =
        refusal instanceof AwsError
          ? refusalOf(refusal, { method, target, headers, requestId })
          : refusal;
      sendLastAnswer(request, response, reply, { requestId, date: options.clock() });
    };
    const refusal = refuse(request);
    if (refusal !== undefined) return refuseWith(refusal);
    if (request.received.has("expect")) response.writeContinue();
    const body = await request.receive(limits.bodyBytes, room);
    if (body === "gone") return;
    if (body === "too large") return refuseWith(tooLarge(limits.bodyBytes));
    if (body === "no room") return refuseWith(busy("too many requests at once"));
    if (body === "trailers") return refuseWith(plainAnswer(400, "trailers are not accepted"));
    const reply = await answer(request, body, requestId);
    const envelope = { requestId, date: options.clock(), close: connections.closing };
    const sending = sendAnswer(response, reply, envelope);
    if (sending !== undefined) await sending;
  }

  return (request, response) => {
    handle(request, response).catch((error: unknown) => {
      const cause = error instanceof Error ? error : new Error(String(error));
      options.log("error", "connection dropped", { error: cause });
      request.socket.destroy();
    });
  };
}

/** How requests are served that need none of what the handler looks for. */
function usualOptions(
  { frontDoor, clock, newRequestId, log, behindTlsProxy }: ServerOptions,
  { headersTimeout, keepAliveTimeout, bodyBytes }: Limits,
  connections: Connections,
): UsualOptions {
  return {
    headersTimeout,
    keepAliveTimeout,
    bodyBytes,
    connections,
    answer: async (socket, { headers, body }) => {
      const requestId = newRequestId();
      const connection = describeConnection(socket, headers, behindTlsProxy);
      const request = { method: "POST", target: "/", headers, body, connection, requestId };
      const reply = await frontDoor(request);
      const envelope = { requestId, date: clock(), close: connections.closing };
      return { text: answerText(reply, envelope, keepAliveTimeout), last: envelope.close };
    },
    onFault: (error) => log("error", "connection dropped", { error }),
  };
}

function tooLarge(limit: number): AwsError {
  const message = `the body is larger than ${limit} bytes`;
  return new AwsError("RequestEntityTooLargeException", message);
}

function busy(reason: string): AwsError {
  return new AwsError("ServiceUnavailableException", reason);
}

async function listen(server: http.Server<typeof Request>, options: ServerOptions): Promise<void> {
  const { promise, resolve, reject } = Promise.withResolvers<void>();
  server.once("error", reject);
  const { host, port, reusePort = false } = options;
  server.listen({ host, port, reusePort }, resolve);
  await promise;
  server.off("error", reject);
  server.on("error", (error) => options.log("error", "connection not accepted", { error }));
}

function boundTo(server: http.Server<typeof Request>): {
  readonly port: number;
  readonly text: string;
} {
  const bound = server.address();
  if (bound === null || typeof bound === "string") throw new TypeError("the server has no port");
  const host = bound.family === "IPv6" ? `[${bound.address}]` : bound.address;
  return { port: bound.port, text: `${host}:${bound.port}` };
}
