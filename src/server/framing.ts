import { isVisibleAscii } from "./headers.ts";
import type { Request } from "./request.ts";

const mostHeaders = 100;

/**
 * Why a request that the HTTP parser let through is refused all the same: forms that another parser on the way may read
 * differently, and that no client of ours sends (TM6). Undefined when it is fine.
 */
export function refuseFraming(request: Request): string | undefined {
  const { rawHeaders, received, httpVersion, method } = request;
  if (httpVersion === "1.1" && !received.has("host")) return "Host is missing";
  if ((received.get("expect") ?? "100-continue").toLowerCase() !== "100-continue")
    return "nothing but 100-continue can be expected";
  if (!request.url?.startsWith("/")) return "the request target must be a path";
  if (!isVisibleAscii(request.url)) return "the request target must be ASCII";
  if (rawHeaders.length > 2 * mostHeaders) return `more than ${mostHeaders} headers`;
  if (!received.isAscii) return "headers must be ASCII";
  const chunked = received.has("transfer-encoding");
  if (chunked && httpVersion !== "1.1") return "Transfer-Encoding needs HTTP/1.1";
  const empty = !chunked && (received.get("content-length") ?? "0") === "0";
  if (method === "GET" && !empty) return "GET has no body";
  return undefined;
}

/** Whether a body announces more bytes than allowed. */
export function announcesMoreThan(limit: number, request: Request): boolean {
  return Number(request.received.get("content-length") ?? 0) > limit;
}
