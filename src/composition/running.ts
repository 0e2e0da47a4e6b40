import { rmSync } from "node:fs";
import { createInvoke } from "../api/execute.ts";
import type { Clock } from "../base/clock.ts";
import { minute, second } from "../base/clock.ts";
import type { Config } from "../config.ts";
import { randomIds } from "../crypto/random.ts";
import { openEmbedded } from "../database/embedded.ts";
import { lockFolder } from "../database/lock.ts";
import type { ListeningServer } from "../server/http.ts";
import { openServer } from "../server/http.ts";
import type { Log } from "../server/log.ts";
import { sweep } from "../services/kms/sweep.ts";
import { dataFolder, requirePrivate, writePrivate } from "./data-folder.ts";
import { upgradeDatabase, withDeployment } from "./deployment.ts";
import { openServices } from "./services.ts";

/** A deployment at work. */
export interface Running {
  readonly address: string;
  readonly url: string;
  /** Settles with the reason when durability can no longer be promised: the process must end. */
  readonly failed: Promise<string>;
  /** Does what is due by the clock at once, instead of within a minute. */
  sweep(): Promise<void>;
  close(): Promise<void>;
}

const segmentBytes = 16 * 1024 * 1024;
const sweepEvery = minute;

/** Opens a deployment for service: lock, database, writer, services, sweeper and server, in this order. Throws OperatorError. */
export async function openRunning(config: Config, clock: Clock, log: Log): Promise<Running> {
  const folder = dataFolder(config);
  const deployment = await withDeployment(config, async (opened) => opened);
  requirePrivate(folder);
  const lock = lockFolder(folder.lock, folder.folder);
  await upgradeDatabase(folder);
  const embedded = await openEmbedded({
    databasePath: folder.database,
    journalFolder: folder.journal,
    deployment: deployment.id,
    privateKey: deployment.auditPrivateKey(),
    publicKey: deployment.auditPublicKey,
    segmentBytes,
  });
  const services = openServices(deployment, embedded.reader);
  const sweeper = { tools: services.kms, committer: embedded, forget: services.forget };
  const sweeping = everyNowAndThen(() => sweep(sweeper, clock()), log);
  const state = { failure: undefined as string | undefined };
  const failed = embedded.failed.then((reason) => {
    state.failure = reason;
    return reason;
  });
  const server = await openServer({
    host: config.listen.host,
    port: config.listen.port,
    ...(config.tls === undefined
      ? {}
      : { tls: { certificate: config.tls.certFile, key: config.tls.keyFile } }),
    behindTlsProxy: config.behindTlsProxy,
    services: services.all.map((service) => service.wire),
    credentials: services.credentials,
    invoke: createInvoke({
      services: new Map(services.all.map((service) => [service.wire.signingName, service])),
      committer: embedded,
      clock,
      ids: randomIds,
      forget: services.forget,
    }),
    clock,
    ...(config.regions === undefined ? {} : { regions: config.regions }),
    ready: () => state.failure,
    log,
    newRequestId: () => randomIds.uuid(),
    shutdownDelay: 0,
    shutdownGrace: config.shutdownGrace * second,
  });
  writePrivate(folder.address, server.url);
  return {
    address: server.address,
    url: server.url,
    failed,
    sweep: sweeping.now,
    close: closing(server, sweeping, embedded, lock, folder.address),
  };
}

function closing(
  server: ListeningServer,
  sweeping: { stop(): Promise<void> },
  embedded: { close(): Promise<void> },
  lock: { release(): void },
  addressFile: string,
): () => Promise<void> {
  return async () => {
    rmSync(addressFile, { force: true });
    await server.close();
    await sweeping.stop();
    await embedded.close();
    lock.release();
  };
}

/** Runs work now and every minute, never twice at once. A failure is logged and tried again the next time. */
function everyNowAndThen(
  work: () => Promise<unknown>,
  log: Log,
): { now(): Promise<void>; stop(): Promise<void> } {
  let running = Promise.resolve();
  const run = (): Promise<void> => {
    running = running.then(work).then(
      () => undefined,
      (error: unknown) =>
        log("error", "the sweep of due deletions and rotations failed", {
          error: error instanceof Error ? error : new Error(String(error)),
        }),
    );
    return running;
  };
  const timer = setInterval(() => void run(), sweepEvery);
  void run();
  return {
    now: run,
    async stop() {
      clearInterval(timer);
      await running;
    },
  };
}
