import { readFile, stat } from "node:fs/promises";
import type { TlsOptions } from "node:tls";
import { createSecureContext } from "node:tls";
import { second } from "../base/clock.ts";
import { OperatorError } from "../base/errors.ts";
import { randomBytes } from "../crypto/random.ts";
import type { Log } from "./log.ts";

/** Files of a certificate chain and its key, both PEM. */
export interface TlsFiles {
  readonly certificate: string;
  readonly key: string;
  /** What session tickets are sealed with, 48 bytes, where several servers share a port: each takes the tickets of all. Its own when left out. */
  readonly ticketKeys?: Uint8Array;
  /** Milliseconds between looks at the files for a new certificate; 5 seconds when left out. */
  readonly reloadEvery?: number;
}

/** TLS 1.2 at least, and a key exchange that a later quantum computer cannot undo where the client knows it. */
export const tlsPolicy = {
  minVersion: "TLSv1.2",
  ecdhCurve: "X25519MLKEM768:X25519:P-256:P-384",
  honorCipherOrder: true,
  handshakeTimeout: 10 * second,
  // Of its own accord Node makes it of the arguments of a thread.
  sessionIdContext: "keywright",
} as const;

/** Keys for session tickets. */
export function newTicketKeys(): Uint8Array {
  return randomBytes(48);
}

/** Reads certificate and key and proves that they belong together. Throws OperatorError. */
export async function readTlsFiles(files: TlsFiles): Promise<TlsOptions> {
  try {
    const [cert, key] = await Promise.all([readFile(files.certificate), readFile(files.key)]);
    const { minVersion, ecdhCurve, honorCipherOrder, sessionIdContext } = tlsPolicy;
    const options = { cert, key, minVersion, ecdhCurve, honorCipherOrder, sessionIdContext };
    createSecureContext(options);
    const { ticketKeys } = files;
    return ticketKeys === undefined ? options : { ...options, ticketKeys: Buffer.from(ticketKeys) };
  } catch (cause) {
    throw new OperatorError(
      `cannot use the TLS certificate \`${files.certificate}\` with the key \`${files.key}\``,
      { cause },
    );
  }
}

/**
 * Hands over a changed certificate, so that it goes into service without a restart; a pair that does not fit together is logged
 * and the old one stays. `seen` is the stamp of the files in service. Returns what ends it.
 */
export function followTlsFiles(
  files: TlsFiles,
  seen: string,
  log: Log,
  replace: (context: TlsOptions) => void,
): () => void {
  let last = seen;
  let busy = false;
  const look = async (): Promise<void> => {
    const now = await stampTlsFiles(files);
    if (now === last) return;
    replace(await readTlsFiles(files));
    last = now;
    log("info", "TLS certificate replaced", { certificate: files.certificate });
  };
  const timer = setInterval(
    () => {
      if (busy) return;
      busy = true;
      look()
        .catch((error: unknown) => log("error", "TLS certificate not replaced", asField(error)))
        .finally(() => {
          busy = false;
        });
    },
    files.reloadEvery ?? 5 * second,
  );
  timer.unref();
  return () => clearInterval(timer);
}

/** A text that changes when a file does. Absent files count as a state of their own: renames are not atomic everywhere. */
export async function stampTlsFiles(files: TlsFiles): Promise<string> {
  const stamps = await Promise.allSettled([stat(files.certificate), stat(files.key)]);
  return stamps
    .map((each) =>
      each.status === "fulfilled"
        ? `${each.value.ino}:${each.value.size}:${each.value.mtimeMs}`
        : "absent",
    )
    .join(" ");
}

function asField(error: unknown): { readonly error: Error } {
  return { error: error instanceof Error ? error : new Error(String(error)) };
}
