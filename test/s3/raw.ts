import { createHash, createHmac } from "node:crypto";
import type { IncomingMessage } from "node:http";
import { request } from "node:http";
import { text } from "node:stream/consumers";
import type { TestServer } from "../support/keywright.ts";
import { accessKeys } from "../support/keywright.ts";

/** A request that no SDK would send. */
export interface RawRequest {
  readonly method?: string;
  /** As it goes over the wire. */
  readonly path: string;
  /** Without the question mark, as it goes over the wire and in the order in which it is signed. */
  readonly query?: string;
  readonly headers?: Readonly<Record<string, string>>;
  readonly body?: string;
  /** What the client claims of the body. */
  readonly bodyHash?: string;
  /** The path as it is signed. */
  readonly signedPath?: string;
  /** The administrator's when left out. */
  readonly accessKeyId?: string;
}

export interface RawAnswer {
  readonly status: number;
  readonly headers: IncomingMessage["headers"];
  readonly body: string;
}

/** Sends a request of the administrator's with a signature of our own making. */
export async function sendRaw(server: TestServer, raw: RawRequest): Promise<RawAnswer> {
  const { method = "GET", path, query = "", body = "" } = raw;
  const time = `${new Date().toISOString().slice(0, 19).replaceAll(/[-:]/g, "")}Z`;
  const headers = {
    host: new URL(server.url).host,
    "x-amz-content-sha256": raw.bodyHash ?? sha256(body),
    "x-amz-date": time,
    ...raw.headers,
  };
  return exchange(server, {
    method,
    path: query === "" ? path : `${path}?${query}`,
    headers: {
      ...headers,
      "content-length": String(Buffer.byteLength(body)),
      authorization: authorization(raw, headers, time),
    },
    body,
  });
}

/** Sends a GET that nobody signed, or in a way of its own, to a name of the server. */
export function sendUnsigned(
  server: TestServer,
  host: string,
  path: string,
  authorization?: string,
): Promise<RawAnswer> {
  const headers = { host, ...(authorization === undefined ? {} : { authorization }) };
  return exchange(server, { method: "GET", path, headers, body: "" });
}

interface Sent {
  readonly method: string;
  readonly path: string;
  readonly headers: Readonly<Record<string, string>>;
  readonly body: string;
}

async function exchange(
  { url }: TestServer,
  { method, path, headers, body }: Sent,
): Promise<RawAnswer> {
  const sent = request(url, { method, path, headers });
  const { promise, resolve, reject } = Promise.withResolvers<IncomingMessage>();
  sent.once("response", resolve).once("error", reject);
  sent.end(body);
  const answer = await promise;
  return { status: answer.statusCode ?? 0, headers: answer.headers, body: await text(answer) };
}

function authorization(
  raw: RawRequest,
  headers: Readonly<Record<string, string>>,
  date: string,
): string {
  const { secretAccessKey } = accessKeys.admin;
  const accessKeyId = raw.accessKeyId ?? accessKeys.admin.accessKeyId;
  const scope = `${date.slice(0, 8)}/us-east-1/s3/aws4_request`;
  const names = Object.keys(headers).toSorted();
  const query = (raw.query ?? "")
    .split("&")
    .filter((pair) => pair !== "")
    .map((pair) => (pair.includes("=") ? pair : `${pair}=`))
    .toSorted()
    .join("&");
  const canonical = [
    raw.method ?? "GET",
    raw.signedPath ?? raw.path,
    query,
    ...names.map((name) => `${name}:${headers[name]}`),
    "",
    names.join(";"),
    headers["x-amz-content-sha256"],
  ].join("\n");
  let key: string | Buffer = `AWS4${secretAccessKey}`;
  for (const part of scope.split("/")) key = createHmac("sha256", key).update(part).digest();
  const toSign = ["AWS4-HMAC-SHA256", date, scope, sha256(canonical)].join("\n");
  const signature = createHmac("sha256", key).update(toSign).digest("hex");
  return `AWS4-HMAC-SHA256 Credential=${accessKeyId}/${scope}, SignedHeaders=${names.join(";")}, Signature=${signature}`;
}

function sha256(bytes: string): string {
  return createHash("sha256").update(bytes).digest("hex");
}
