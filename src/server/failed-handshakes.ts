import type * as https from "node:https";
import type * as tls from "node:tls";
import { minute } from "../base/clock.ts";
import type { Log } from "./log.ts";

/** Reasons that are counted apart; OpenSSL knows some hundred. */
const mostReasons = 32;

/**
 * Counts TLS handshakes that failed, and tells once a minute why: a client that does not trust the certificate, or speaks HTTP
 * without TLS, often says nothing of it itself. Who only connects and leaves, as probes do, is not counted.
 */
export function tellFailedHandshakes(server: https.Server, log: Log): void {
  const reasons = new Map<string, number>();
  const tell = (): void => {
    for (const [reason, handshakes] of reasons)
      log("warn", "TLS handshakes failed in the last minute", { reason, handshakes });
    reasons.clear();
  };
  server.on(
    "tlsClientError",
    (error: Error & { readonly reason?: string }, socket: tls.TLSSocket) => {
      // Node does it where nobody listens.
      socket.destroy();
      const { reason } = error;
      if (reason === undefined) return;
      const counted = reasons.has(reason) || reasons.size < mostReasons ? reason : "others";
      reasons.set(counted, (reasons.get(counted) ?? 0) + 1);
    },
  );
  const timer = setInterval(tell, minute).unref();
  server.once("close", () => {
    clearInterval(timer);
    tell();
  });
}
