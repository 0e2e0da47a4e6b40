import type { ConnectionOptions } from "node:tls";
import { connect, createSecureContext } from "node:tls";
import type { Endpoint } from "./load.ts";
import { cpuSeconds } from "./machine.ts";

/** Full handshakes with one key exchange, in one slice. */
export interface Handshakes {
  readonly group: string;
  readonly done: number;
  readonly elapsed: number;
  /** Seconds of the server's processor time. */
  readonly cpu: number;
  /** Part of the time in which the load's own process worked. */
  readonly generator: number;
}

/** The hybrid of X25519 with ML-KEM-768, and X25519 alone. */
export const groups = ["X25519MLKEM768", "X25519"] as const;

const atOnce = 8;

/** Rounds of connections that are opened and closed, the groups in turns. Throws when another group than the wanted one was agreed on. */
export async function measureHandshakes(
  server: { readonly endpoint: Endpoint; readonly pid: number },
  { rounds, seconds }: { readonly rounds: number; readonly seconds: number },
): Promise<readonly Handshakes[]> {
  for (const group of groups) await slice(server, group, seconds);
  const all: Handshakes[] = [];
  for (let round = 0; round < rounds; round++)
    for (const group of round % 2 === 0 ? groups : groups.toReversed())
      all.push(await slice(server, group, seconds));
  return all;
}

async function slice(
  { endpoint, pid }: { readonly endpoint: Endpoint; readonly pid: number },
  group: string,
  seconds: number,
): Promise<Handshakes> {
  const { host, port, tls } = endpoint;
  const context = { ...tls, ecdhCurve: group, minVersion: "TLSv1.3" } as const;
  const options = { host, port, secureContext: createSecureContext(context) };
  const before = cpuSeconds(pid);
  const workedBefore = process.cpuUsage();
  const start = performance.now();
  const end = start + seconds * 1000;
  const counts = await Promise.all(
    Array.from({ length: atOnce }, async () => {
      let done = 0;
      while (performance.now() < end) {
        await shakeHands(options, group);
        done++;
      }
      return done;
    }),
  );
  const elapsed = (performance.now() - start) / 1000;
  const done = counts.reduce((sum, each) => sum + each, 0);
  const { user, system } = process.cpuUsage(workedBefore);
  const generator = (user + system) / 1e6 / elapsed;
  return { group, done, elapsed, cpu: cpuSeconds(pid) - before, generator };
}

/** One connection; it is ended in order, so that the server has finished the handshake, too. */
async function shakeHands(options: ConnectionOptions, group: string): Promise<void> {
  const { promise, resolve, reject } = Promise.withResolvers<void>();
  const socket = connect(options, () => {
    const agreed = socket.getEphemeralKeyInfo();
    if (agreed === null || !("name" in agreed) || agreed.name !== group)
      reject(new Error(`agreed on ${JSON.stringify(agreed)} instead of ${group}`));
    if (socket.isSessionReused()) reject(new Error("a session was resumed"));
    socket.end();
  });
  socket.once("error", reject);
  socket.once("close", () => resolve());
  socket.resume();
  await promise;
}
