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
  return visibleAscii.test(text);
}

// Made once: it is asked for every name and value of every request.
const visibleAscii = /^[\t\x20-\x7e]*$/;

/** Whether a body announces more bytes than allowed. */
export function announcesMoreThan(limit: number, request: IncomingMessage): boolean {
  return Number(request.headers["content-length"] ?? 0) > limit;
}
