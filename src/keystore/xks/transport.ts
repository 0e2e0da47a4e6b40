import type { ClientRequest, IncomingMessage } from "node:http";
import type { RequestOptions } from "node:https";
import { Agent, request as httpsRequest } from "node:https";
import type { TLSSocket } from "node:tls";
import { XksError } from "./failures.ts";
import type { ProxyHosts } from "./hosts.ts";
import { connectionTarget } from "./target.ts";

/** Certificates of the connection to a proxy, all PEM; the system's authorities when `ca` is left out. */
export interface ProxyTls {
  readonly ca?: string | undefined;
  /** For proxies that ask for a certificate of the client. */
  readonly client?: { readonly certificate: string; readonly key: string } | undefined;
}

export interface ProxyAddress {
  readonly host: string;
  readonly hosts: ProxyHosts;
  readonly tls: ProxyTls;
  /** Milliseconds that a call may take, from the name's resolution to the last byte of the answer. */
  readonly timeout: number;
}

export interface ProxyAnswer {
  readonly status: number;
  readonly body: Buffer;
}

/** Connections to one proxy, kept open between calls. */
export interface ProxyTransport {
  /** Posts JSON. Throws XksError; an answer that redirects is an answer like any other and is not followed. */
  post(path: string, headers: Readonly<Record<string, string>>, body: Buffer): Promise<ProxyAnswer>;
  close(): void;
}

/** The longest answer is that of Encrypt: about 6 KB for 4,300 bytes. */
const longestAnswer = 65_536;
/** The suites of the XKS proxy API. */
const ciphers = [
  "TLS_AES_256_GCM_SHA384",
  "TLS_CHACHA20_POLY1305_SHA256",
  "ECDHE-ECDSA-AES256-GCM-SHA384",
  "ECDHE-RSA-AES256-GCM-SHA384",
].join(":");

/** Makes the connections of a proxy; none is opened yet. Throws XksError where the operator does not allow the host. */
export function proxyTransport({ host, hosts, tls, timeout }: ProxyAddress): ProxyTransport {
  const route = hosts.find(host);
  if (route === undefined) throw new XksError("NotAllowed");
  const agent = new Agent({ keepAlive: true, maxSockets: 64, maxFreeSockets: 16 });
  const connection: RequestOptions = {
    ...connectionTarget(host, route, hosts, () => new XksError("NotAllowed")),
    agent,
    method: "POST",
    servername: host,
    minVersion: "TLSv1.2",
    ciphers,
    ca: tls.ca,
    cert: tls.client?.certificate,
    key: tls.client?.key,
  };
  const post: ProxyTransport["post"] = (path, headers, body) => {
    const signal = AbortSignal.timeout(timeout);
    const options = { ...connection, path, headers, signal };
    return exchange(options, body).catch((error: unknown) =>
      // The proxy closed the kept connection just as we used it. No call changes anything there, so it may be repeated.
      error === closedMeanwhile
        ? exchange({ ...options, agent: false }, body)
        : Promise.reject(error),
    );
  };
  // Calls under way have their time to end.
  return { post, close: () => void setTimeout(() => agent.destroy(), timeout).unref() };
}

const closedMeanwhile = Symbol("a kept connection was closed");

function exchange(
  options: RequestOptions & { readonly signal: AbortSignal },
  body: Buffer,
): Promise<ProxyAnswer> {
  const { promise, resolve, reject } = Promise.withResolvers<ProxyAnswer>();
  const request = httpsRequest(options);
  const progress = followConnection(request);
  const fail = (error: unknown): void =>
    reject(asFailure(error, options.signal.aborted, request, progress));
  request.on("error", fail);
  request.on("response", (response) => {
    progress.answered = true;
    readAnswer(response).then(resolve, fail);
  });
  request.end(body);
  return promise;
}

/** How far a request's connection came: what fails between `connected` and `secured` is TLS. */
interface Progress {
  connected: boolean;
  secured: boolean;
  answered: boolean;
}

function followConnection(request: ClientRequest): Progress {
  const progress: Progress = { connected: false, secured: false, answered: false };
  request.once("socket", (socket) => {
    progress.connected = progress.secured = request.reusedSocket;
    if (request.reusedSocket) return;
    socket.once("connect", () => (progress.connected = true));
    (socket as TLSSocket).once("secureConnect", () => (progress.secured = true));
  });
  return progress;
}

function asFailure(
  cause: unknown,
  expired: boolean,
  request: ClientRequest,
  progress: Progress,
): unknown {
  if (cause instanceof XksError) return cause;
  if (expired) return new XksError("TimedOut", { cause });
  const code = cause instanceof Error && "code" in cause ? String(cause.code) : "";
  if (request.reusedSocket && !progress.answered && /^(ECONNRESET|EPIPE)$/.test(code))
    return closedMeanwhile;
  // A refused client certificate shows up only after the handshake, as an alert.
  const tls = (progress.connected && !progress.secured) || code.startsWith("ERR_SSL_");
  return new XksError(tls ? "Tls" : "Tcp", { cause });
}

async function readAnswer(response: IncomingMessage): Promise<ProxyAnswer> {
  const chunks: Buffer[] = [];
  let length = 0;
  for await (const chunk of response as AsyncIterable<Buffer>) {
    length += chunk.length;
    if (length > longestAnswer) {
      response.destroy();
      throw new XksError("Malformed");
    }
    chunks.push(chunk);
  }
  return { status: response.statusCode ?? 0, body: Buffer.concat(chunks) };
}
