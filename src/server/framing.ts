import type { IncomingMessage } from "node:http";

const mostHeaders = 100;

/**
 * Why a request that the HTTP parser let through is refused all the same: forms that another parser on the way may read
 * differently, and that no client of ours sends (TM6). Undefined when it is fine.
 */
export function refuseFraming(request: IncomingMessage): string | undefined {
  const { rawHeaders, headers, httpVersion, method } = request;
  if (httpVersion === "1.1" && headers.host === undefined) return "Host is missing";
  if ((headers.expect ?? "100-continue").toLowerCase() !== "100-continue")
    return "nothing but 100-continue can be expected";
  if (!request.url?.startsWith("/")) return "the request target must be a path";
  if (!isVisibleAscii(request.url)) return "the request target must be ASCII";
  if (rawHeaders.length > 2 * mostHeaders) return `more than ${mostHeaders} headers`;
  if (!rawHeaders.every(isVisibleAscii)) return "headers must be ASCII";
  const chunked = headers["transfer-encoding"] !== undefined;
  if (chunked && httpVersion !== "1.1") return "Transfer-Encoding needs HTTP/1.1";
  const empty = !chunked && (headers["content-length"] ?? "0") === "0";
  if (method === "GET" && !empty) return "GET has no body";
  return undefined;
}

function isVisibleAscii(text: string): boolean {
  return /^[\t\x20-\x7e]*$/.test(text);
}

/** The body, or why there is none: it is larger than allowed, all bodies together are, it came with trailers, or the client has gone. */
export type ReceivedBody = Uint8Array | "too large" | "no room" | "trailers" | "gone";

/** Room for the bodies that are being received, of all connections together. `used` changes as they come and go. */
export interface BodyRoom {
  readonly bytes: number;
  used: number;
}

/** Whether a body announces more bytes than allowed. */
export function announcesMoreThan(limit: number, request: IncomingMessage): boolean {
  return Number(request.headers["content-length"] ?? 0) > limit;
}

/** Collects a body of at most `limit` bytes; what comes after the limit is left unread. Never rejects. */
export function receiveBody(
  request: IncomingMessage,
  limit: number,
  room: BodyRoom,
): Promise<ReceivedBody> {
  const { promise, resolve } = Promise.withResolvers<ReceivedBody>();
  const chunks: Buffer[] = [];
  let length = 0;
  const settle = (body: ReceivedBody): void => {
    room.used -= length;
    length = 0;
    chunks.length = 0;
    resolve(body);
  };
  request.on("data", (chunk: Buffer) => {
    length += chunk.length;
    room.used += chunk.length;
    chunks.push(chunk);
    if (length <= limit && room.used <= room.bytes) return;
    request.pause();
    settle(length > limit ? "too large" : "no room");
  });
  request.on("end", () => {
    const [first] = chunks;
    if (request.rawTrailers.length > 0) settle("trailers");
    else settle(first !== undefined && chunks.length === 1 ? first : Buffer.concat(chunks));
  });
  request.on("error", () => settle("gone"));
  request.on("close", () => settle("gone"));
  return promise;
}
