import { second } from "../../base/clock.ts";
import type { Embedded } from "../../database/embedded.ts";
import type { RootKey } from "../../keystore/root.ts";
import type { FrontDoor } from "../../server/front-door.ts";
import type { BucketMemory } from "../../services/kms/quotas-buckets.ts";
import type { RoomFlag } from "../disk-room.ts";
import type { Services } from "../services.ts";
import type { WorkPlace } from "../work.ts";
import { HttpWorkers } from "./http-workers.ts";
import type { WorkerOptions } from "./messages.ts";

/** What workers have of the process, whether it is sealed, recovers or works. */
export interface WorkersPlace {
  /** How many threads answer HTTP, the main one among them. */
  readonly threads: number;
  /** Of the TLS sessions that a client begins on one thread and takes up on another. */
  readonly ticketKeys: Uint8Array;
  /** The port that they share, once it is known. */
  readonly port: Promise<number>;
  /** Answers what they hand over, to the last request of a connection. */
  readonly frontDoor: FrontDoor;
  /** Gets those that were started: their connections may outlast the work. */
  readonly started: (workers: HttpWorkers) => void;
}

/** What workers share with the main thread. */
interface Shared {
  readonly root: RootKey;
  readonly engine: Embedded;
  readonly room: RoomFlag;
  readonly quotas: BucketMemory;
  readonly services: Services;
}

/** Starts the workers once the main thread listens; undefined where it is to be alone. */
export function openWorkers(place: WorkPlace, shared: Shared): HttpWorkers | undefined {
  const { workers, log } = place;
  if (workers === undefined) return undefined;
  const { lastUsage } = shared.services.kms;
  let port = 0;
  const home = {
    count: workers.threads - 1,
    options: () => optionsOf(place, workers, shared, port),
    frontDoor: workers.frontDoor,
    uses: { keys: lastUsage, accessKeys: shared.services.accessKeyUses },
    log,
  };
  const all = new HttpWorkers(home);
  workers.started(all);
  void workers.port.then((bound) => {
    port = bound;
    all.start();
  });
  return all;
}

function optionsOf(
  { config, folder }: WorkPlace,
  { threads, ticketKeys }: WorkersPlace,
  { root, engine, room, quotas }: Shared,
  port: number,
): WorkerOptions {
  const { behindTlsProxy, keyCache, listen, regions, requestRateFactor, shutdownGrace, tls } =
    config;
  return {
    databasePath: folder.database,
    roots: root.copies(),
    line: engine.connect(),
    room,
    quotas,
    requestRateFactor,
    keyCache: keyCache / threads,
    regions,
    listen: {
      host: listen.host,
      port,
      tls: tls && { certificate: tls.certFile, key: tls.keyFile, ticketKeys },
      behindTlsProxy,
      shutdownGrace: shutdownGrace * second,
      threads,
    },
  };
}
