import type { IncomingMessage } from "node:http";
import type { Socket } from "node:net";
import { isIP } from "node:net";
import { TLSSocket } from "node:tls";
import type { Connection } from "../api/context.ts";

type Tls = NonNullable<Connection["tls"]>;

const negotiated = new WeakMap<Socket, Tls>();

/**
 * What a connection tells about a request. Behind a trusted proxy the client's address is the last element of
 * X-Forwarded-For, the one that the proxy itself wrote, and the way to the proxy counts as secure.
 */
export function describeConnection(request: IncomingMessage, behindTlsProxy: boolean): Connection {
  const { socket, headers } = request;
  const tls = describeTls(socket);
  return {
    sourceIp: (behindTlsProxy && forwardedFor(headers["x-forwarded-for"])) || peerAddress(socket),
    userAgent: headers["user-agent"] ?? "",
    host: headers.host ?? "",
    secure: behindTlsProxy || tls !== undefined,
    ...(tls && { tls }),
  };
}

/** Node tells a server the protocol and the cipher, but not the key exchange. */
function describeTls(socket: Socket): Tls | undefined {
  if (!(socket instanceof TLSSocket)) return undefined;
  const known = negotiated.get(socket);
  if (known !== undefined) return known;
  const tls = { version: socket.getProtocol() ?? "", cipher: socket.getCipher().standardName };
  negotiated.set(socket, tls);
  return tls;
}

function forwardedFor(header: string | readonly string[] | undefined): string | undefined {
  const last = String(header ?? "")
    .split(",")
    .at(-1)
    ?.trim();
  return last !== undefined && isIP(last) !== 0 ? last : undefined;
}

function peerAddress(socket: Socket): string {
  const address = socket.remoteAddress ?? "";
  return address.startsWith("::ffff:") ? address.replace(/^::ffff:(?=\d+\.)/, "") : address;
}
