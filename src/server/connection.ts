import type { Socket } from "node:net";
import { isIP } from "node:net";
import { TLSSocket } from "node:tls";
import type { Connection } from "../api/context.ts";
import type { Headers } from "./headers.ts";

type Tls = NonNullable<Connection["tls"]>;

/**
 * What a connection tells about a request. Behind a trusted proxy the client's address is the last element of
 * X-Forwarded-For, the one that the proxy itself wrote, and the way to the proxy counts as secure.
 */
export function describeConnection(
  socket: Socket,
  received: Headers,
  behindTlsProxy: boolean,
): Connection {
  const userAgent = received.get("user-agent") ?? "";
  const host = received.get("host") ?? "";
  const forwarded = behindTlsProxy ? forwardedFor(received.get("x-forwarded-for")) : undefined;
  const before = described.get(socket);
  if (before?.userAgent === userAgent && before.host === host && forwarded === undefined)
    return before;
  const tls = describeTls(socket);
  const secure = behindTlsProxy || tls !== undefined;
  const peer = { sourceIp: peerAddress(socket), userAgent, host, secure, ...(tls && { tls }) };
  if (forwarded !== undefined) return { ...peer, sourceIp: forwarded };
  described.set(socket, peer);
  return peer;
}

/** What the requests of a connection say of it, which is nearly always the same. */
const described = new WeakMap<Socket, Connection>();

/** Node tells a server the protocol and the cipher, but not the key exchange. */
function describeTls(socket: Socket): Tls | undefined {
  if (!(socket instanceof TLSSocket)) return undefined;
  return { version: socket.getProtocol() ?? "", cipher: socket.getCipher().standardName };
}

function forwardedFor(header = ""): string | undefined {
  const last = header.split(",").at(-1)?.trim();
  return last !== undefined && isIP(last) !== 0 ? last : undefined;
}

function peerAddress(socket: Socket): string {
  const address = socket.remoteAddress ?? "";
  return address.startsWith("::ffff:") ? address.replace(/^::ffff:(?=\d+\.)/, "") : address;
}
