import type { Socket } from "node:net";
import { isIP } from "node:net";
import { TLSSocket } from "node:tls";
import type { Connection } from "../api/context.ts";
import type { Headers } from "./headers.ts";

type Tls = NonNullable<Connection["tls"]>;

type Peer = Pick<Connection, "sourceIp" | "tls">;

/** Who is at the other end, as the system said when they came. */
const peers = new WeakMap<Socket, Peer>();

/**
 * Notes who is at the other end of a new connection; false where the system does not know any more. It forgets with the connection, which a client may
 * end behind its request: the call would be decided and recorded as one from nowhere.
 */
export function notePeer(socket: Socket): boolean {
  const address = socket.remoteAddress;
  const tls = describeTls(socket);
  if (address === undefined || tls === "gone") return false;
  const sourceIp = address.replace(/^::ffff:(?=\d+\.)/, "");
  peers.set(socket, { sourceIp, ...(tls && { tls }) });
  return true;
}

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
  const noted = peers.get(socket);
  if (noted === undefined) throw new TypeError("the connection's peer was not noted");
  const { sourceIp, tls } = noted;
  const secure = behindTlsProxy || tls !== undefined;
  const peer = { sourceIp, userAgent, host, secure, ...(tls && { tls }) };
  if (forwarded !== undefined) return { ...peer, sourceIp: forwarded };
  described.set(socket, peer);
  return peer;
}

/** What the requests of a connection say of it, which is nearly always the same. */
const described = new WeakMap<Socket, Connection>();

/** Node tells a server the protocol and the cipher, but not the key exchange. */
function describeTls(socket: Socket): Tls | "gone" | undefined {
  if (!(socket instanceof TLSSocket)) return undefined;
  const version = socket.getProtocol();
  return version === null ? "gone" : { version, cipher: socket.getCipher().standardName };
}

function forwardedFor(header = ""): string | undefined {
  const last = header.split(",").at(-1)?.trim();
  return last !== undefined && isIP(last) !== 0 ? last : undefined;
}
