import { join } from "node:path";
import type { AwsTarget, Credentials } from "./aws.ts";
import { openAws } from "./aws.ts";
import type { ContestOptions } from "./contest.ts";
import type { Endpoint } from "./load.ts";
import type { Memory, Pinning } from "./machine.ts";
import { memoryOf } from "./machine.ts";
import type { OperationName } from "./operations.ts";
import { splitAnswer } from "./operations.ts";
import type { OpenPeer, PeerOptions } from "./peers.ts";
import { openPeer } from "./peers.ts";
import { accessKey, adminKey, keyIds, region } from "./seed.ts";
import type { Extras, KeywrightServer, Server } from "./servers.ts";
import { countAuditRecords, startEcho, startKeywright } from "./servers.ts";

/** What a run can consist of. */
export const parts = ["echo", "tls", "workers", "mixed", "flood", "handshakes", "steady"] as const;
export type Part = (typeof parts)[number];

export interface BenchOptions extends ContestOptions {
  readonly parts: readonly Part[];
  /** Length of the steady run. */
  readonly steadySeconds: number;
  readonly peers: readonly PeerOptions[];
}

/** The names of our own contestants. */
export const names = {
  keywright: "Keywright",
  tls: "Keywright, TLS 1.3",
  workers: "Keywright, 2 workers",
  pair: "2 Keywrights",
  echo: "echo",
} as const;

/** A Keywright and the load's side of it. */
export interface Service {
  readonly name: string;
  readonly server: KeywrightServer;
  readonly target: AwsTarget;
}

/** All that takes part in a run. */
export interface Setting {
  readonly plain: Service;
  readonly tls: Service | undefined;
  /** One with two workers, and two with one each, which have journals of their own. */
  readonly workers: { readonly one: Service; readonly pair: readonly Service[] } | undefined;
  readonly echo: Server & { readonly endpoints: ReadonlyMap<OperationName, Endpoint> };
  readonly peers: readonly OpenPeer[];
}

/** Starts everything; `cleanUp` ends it. */
export async function setUp(
  folder: string,
  pinning: Pinning | undefined,
  options: BenchOptions,
  cleanUp: AsyncDisposableStack,
): Promise<Setting> {
  const keep = <S extends Server>(server: S): S => {
    cleanUp.defer(() => server.stop());
    return server;
  };
  const open = async (name: string, place: string, extras: Extras): Promise<Service> => {
    const service = await openKeywright(name, join(folder, place), pinning, extras);
    keep(service.server);
    return service;
  };
  const plain = await open(names.keywright, "plain", {});
  const needsTls = options.parts.includes("tls") || options.parts.includes("handshakes");
  const tls = needsTls ? await open(names.tls, "tls", { tls: true }) : undefined;
  const workers = options.parts.includes("workers")
    ? {
        one: await open(names.workers, "workers", { workers: 2 }),
        pair: [
          await open(`${names.pair}, one`, "one", {}),
          await open(`${names.pair}, the other`, "other", {}),
        ],
      }
    : undefined;
  const echo = keep(await openEcho(plain.target, options.operations, pinning));
  const peers: OpenPeer[] = [];
  for (const each of options.peers) {
    const peer = await openPeer(each);
    cleanUp.defer(() => peer.close());
    peers.push(peer);
  }
  return { plain, tls, workers, echo, peers };
}

/** A Keywright of its own in a folder, with the seed's keys and some more. */
export async function openKeywright(
  name: string,
  folder: string,
  pinning: Pinning | undefined,
  extras: Extras,
): Promise<Service> {
  const server = await startKeywright(folder, pinning, extras);
  const signer = ({ id, secret }: typeof accessKey): Credentials => {
    return { accessKeyId: id, secret, region };
  };
  const signers = { user: signer(accessKey), admin: signer(adminKey) };
  try {
    return { name, server, target: await openAws(server.endpoint, signers, keyIds) };
  } catch (error) {
    await server.stop();
    throw error;
  }
}

async function openEcho(
  { client }: AwsTarget,
  wanted: readonly OperationName[],
  pinning: Pinning | undefined,
): Promise<Setting["echo"]> {
  // The steady run encrypts, whatever is measured beside it.
  const operations = [...new Set<OperationName>([...wanted, "Encrypt"])];
  const answers = await Promise.all(operations.map((operation) => client.sample(operation)));
  const { ports, ...server } = await startEcho(answers.map(splitAnswer), pinning);
  const endpoints = new Map(
    operations.map((name, index) => [name, { host: "127.0.0.1", port: ports[index] ?? 0 }]),
  );
  return { ...server, endpoints };
}

/** Answers of a Keywright, checks and warm-up included, and the records of its audit journal afterwards. */
export interface Audited {
  readonly name: string;
  readonly acknowledged: number;
  readonly audited: number;
  readonly memory: Memory;
}

/** Stops a Keywright and counts what it has kept. */
export async function audit({ name, server, target }: Service): Promise<Audited> {
  const memory = memoryOf(server.pid);
  await server.stop();
  const audited = countAuditRecords(server.folder);
  return { name, acknowledged: target.caller.acknowledged, audited, memory };
}

/** Where the echo of an operation listens. */
export function echoOf({ endpoints }: Setting["echo"], operation: OperationName): Endpoint {
  const endpoint = endpoints.get(operation);
  if (endpoint === undefined) throw new TypeError(`no echo of ${operation}`);
  return endpoint;
}
