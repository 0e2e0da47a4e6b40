import * as assert from "node:assert/strict";
import { createHmac, hash } from "node:crypto";
import * as net from "node:net";
import type { Caller, Credential } from "../../src/api/context.ts";
import type { Answer, Call, WireService } from "../../src/api/invoke.ts";
import type { FrontDoorOptions } from "../../src/server/front-door.ts";
import { openFrontDoor } from "../../src/server/front-door.ts";
import type { ListeningServer, ServerOptions } from "../../src/server/http.ts";
import { openServer } from "../../src/server/http.ts";
import type { LogFields } from "../../src/server/log.ts";

/** The one that the access key may come with. */
export const sessionToken = "a session token";
export const accessKeyId = "AKIAIOSFODNN7EXAMPLE";
export const secret = "wJalrXUtnFEMI/K7MDENG/bPxRfiCYEXAMPLEKEY";
const now = new Date("2026-01-02T03:04:05Z");
export const time = "20260102T030405Z";

const services: readonly WireService[] = [
  {
    signingName: "kms",
    protocol: "json",
    targetPrefix: "TrentService",
    operationNames: ["Encrypt", "Decrypt", "DescribeKey", "DisableKey"],
    batch: { target: "KeywrightService.Batch", operations: ["Encrypt", "Decrypt"] },
  },
  {
    signingName: "sts",
    protocol: "query",
    apiVersion: "2011-06-15",
    xmlNamespace: "https://sts.amazonaws.com/doc/2011-06-15/",
    operationNames: ["GetCallerIdentity", "AssumeRole"],
  },
];

const caller: Caller = {
  principal: {
    type: "User",
    account: "111122223333",
    arn: "arn:aws:iam::111122223333:user/alice",
    id: "AIDAEXAMPLE",
  } as unknown as Caller["principal"], // The server passes the caller on and never looks inside.
  userName: "alice",
  accessKeyId,
  identityPolicies: [],
  tags: {},
  versions: [],
};

const credential: Credential = { accessKeyId, secret: Buffer.from(secret), caller };

export interface TestServer extends ListeningServer {
  /** What reached the operations. */
  readonly calls: Call[];
  readonly logged: { level: string; message: string; fields: LogFields }[];
  /** Codes of failed authentications. */
  readonly failures: string[];
}

type TestOptions = Omit<ServerOptions, "frontDoor"> & FrontDoorOptions;

/** A listening server whose operations answer with what they were asked, unless `invoke` is given. */
export async function openTestServer(overrides: Partial<TestOptions> = {}): Promise<TestServer> {
  const calls: Call[] = [];
  const logged: TestServer["logged"] = [];
  const failures: string[] = [];
  let ids = 0;
  const options: TestOptions = {
    host: "127.0.0.1",
    port: 0,
    behindTlsProxy: false,
    services,
    credentials: {
      find: async (id, token = sessionToken) =>
        id === accessKeyId && token === sessionToken ? credential : undefined,
    },
    clock: () => now,
    ready: () => undefined,
    log: (level, message, fields = {}) => logged.push({ level, message, fields }),
    onAuthenticationFailure: ({ code }) => failures.push(code),
    newRequestId: () => `00000000-0000-4000-8000-${String(++ids).padStart(12, "0")}`,
    shutdownDelay: 0,
    shutdownGrace: 1_000,
    ...overrides,
    invoke: (call): Promise<Answer> => {
      calls.push(call);
      return overrides.invoke ? overrides.invoke(call) : Promise.resolve(call.body());
    },
    perform: () => Promise.reject(new Error("no service here has a REST protocol")),
  };
  const server = await openServer({ ...options, frontDoor: openFrontDoor(options) });
  return { ...server, calls, logged, failures };
}

export type Header = readonly [name: string, value: string];

/** A request before it becomes bytes; every part of it can be changed after signing. */
export interface Request {
  readonly method: string;
  readonly target: string;
  readonly headers: readonly Header[];
  readonly body: string;
}

export interface Signing {
  readonly date?: string;
  readonly scopeDate?: string;
  readonly region?: string;
  readonly service?: string;
  readonly terminator?: string;
  readonly accessKeyId?: string;
  readonly secret?: string;
  /** Leaves headers out of the signature. */
  readonly unsigned?: readonly string[];
}

export function kmsRequest(operation = "Encrypt", body = '{"KeyId":"k"}'): Request {
  return {
    method: "POST",
    target: "/",
    headers: [
      ["Host", "kms.example"],
      ["Content-Type", "application/x-amz-json-1.1"],
      ["X-Amz-Target", `TrentService.${operation}`],
    ],
    body,
  };
}

export function stsRequest(body = "Action=GetCallerIdentity&Version=2011-06-15"): Request {
  return {
    method: "POST",
    target: "/",
    headers: [
      ["Host", "sts.example"],
      ["Content-Type", "application/x-www-form-urlencoded; charset=utf-8"],
    ],
    body,
  };
}

/** Adds X-Amz-Date and Authorization. Written from AWS's description, without the code under test. */
export function sign(request: Request, signing: Signing = {}): Request {
  const date = signing.date ?? time;
  const day = signing.scopeDate ?? date.slice(0, 8);
  const { region = "us-east-1", service = "kms", terminator = "aws4_request" } = signing;
  const headers: readonly Header[] = [...request.headers, ["X-Amz-Date", date]];
  const signed = headers
    .map(([name, value]) => [name.toLowerCase(), value] as const)
    .filter(([name]) => !signing.unsigned?.includes(name))
    .toSorted();
  const names = signed.map(([name]) => name).join(";");
  const [path = "", query = ""] = request.target.split("?");
  const lines = signed.map(([name, value]) => `${name}:${value}\n`).join("");
  const canonical = [
    request.method,
    path,
    canonicalQuery(query),
    lines,
    names,
    hash("sha256", request.body),
  ].join("\n");
  const scope = `${day}/${region}/${service}/${terminator}`;
  let key: string | Buffer = `AWS4${signing.secret ?? secret}`;
  for (const part of scope.split("/")) key = createHmac("sha256", key).update(part).digest();
  const text = `AWS4-HMAC-SHA256\n${date}\n${scope}\n${hash("sha256", canonical)}`;
  const signature = createHmac("sha256", key).update(text).digest("hex");
  const id = signing.accessKeyId ?? accessKeyId;
  const authorization = `AWS4-HMAC-SHA256 Credential=${id}/${scope}, SignedHeaders=${names}, Signature=${signature}`;
  return { ...request, headers: [...headers, ["Authorization", authorization]] };
}

function canonicalQuery(query: string): string {
  return query
    .split("&")
    .map((each) => (each.includes("=") || each === "" ? each : `${each}=`))
    .toSorted()
    .join("&");
}

/** The request with one header replaced, added, or (undefined) left out. */
export function withHeader(request: Request, name: string, value: string | undefined): Request {
  const others = request.headers.filter(([each]) => each.toLowerCase() !== name.toLowerCase());
  return { ...request, headers: value === undefined ? others : [...others, [name, value]] };
}

export function header(request: Request, name: string): string {
  return request.headers.find(([each]) => each.toLowerCase() === name.toLowerCase())?.[1] ?? "";
}

/** The bytes of a request, with its Content-Length. */
export function render({ method, target, headers, body }: Request): string {
  const length = method === "GET" ? "" : `Content-Length: ${Buffer.byteLength(body)}\r\n`;
  const lines = headers.map(([name, value]) => `${name}: ${value}\r\n`).join("");
  return `${method} ${target} HTTP/1.1\r\n${lines}${length}\r\n${body}`;
}

export interface Response {
  readonly status: number;
  /** Headers as they came, names and all. */
  readonly head: string;
  readonly body: string;
  /** The server closed the connection behind the answer. */
  readonly closed: boolean;
}

/** Sends bytes over a new connection and reads one answer. */
export async function exchange(
  server: ListeningServer,
  text: string | Buffer,
  encoding: BufferEncoding = "utf8",
): Promise<Response> {
  const socket = connect(server);
  socket.write(typeof text === "string" ? Buffer.from(text, encoding) : text);
  const response = await readResponse(socket);
  socket.destroy();
  return response;
}

export async function send(server: ListeningServer, request: Request): Promise<Response> {
  return exchange(server, render(request));
}

export function connect(server: ListeningServer): net.Socket {
  const { hostname, port } = new URL(server.url);
  return net.connect({ host: hostname, port: Number(port) });
}

/** Reads one answer of a connection; status 0 when it ends without one. */
export function readResponse(socket: net.Socket): Promise<Response> {
  const { promise, resolve } = Promise.withResolvers<Response>();
  let text = "";
  const settle = (closed: boolean): void => {
    const [head = "", ...rest] = text.split("\r\n\r\n");
    const status = Number(/^HTTP\/1\.1 (\d{3})/.exec(head)?.[1] ?? 0);
    resolve({ status, head, body: rest.join("\r\n\r\n"), closed });
  };
  socket.on("data", (chunk: Buffer) => {
    text += chunk.toString("utf8");
    const length = /\r\nContent-Length: (\d+)\r\n/.exec(text)?.[1];
    const start = text.indexOf("\r\n\r\n");
    const whole = start >= 0 && Buffer.byteLength(text.slice(start + 4)) >= Number(length ?? NaN);
    if (whole && !/\r\nConnection: close\r\n/.test(text)) settle(false);
  });
  socket.on("close", () => settle(true));
  socket.on("error", () => settle(true));
  return promise;
}

/** Proves that a request is refused before any operation, in these words, and counted as a failed authentication. */
export async function assertRefused(
  server: TestServer,
  request: Request,
  type: string,
  message: string,
): Promise<void> {
  const reached = server.calls.length;
  const failed = server.failures.length;
  const { status, body } = await send(server, request);
  assert.deepEqual(JSON.parse(body), { ["__type"]: type, message });
  assert.equal(status, 400);
  assert.equal(server.calls.length, reached, "nothing reached an operation");
  if (!message.includes("twice")) assert.deepEqual(server.failures.slice(failed), [type]);
}
