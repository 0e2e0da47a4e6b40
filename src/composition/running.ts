import { rmSync } from "node:fs";
import { createInvoke } from "../api/execute.ts";
import type { Clock } from "../base/clock.ts";
import { minute, second } from "../base/clock.ts";
import { OperatorError } from "../base/errors.ts";
import type { Config } from "../config.ts";
import { randomIds } from "../crypto/random.ts";
import type { Embedded } from "../database/embedded.ts";
import { openEmbedded } from "../database/embedded.ts";
import { lockFolder } from "../database/lock.ts";
import type { ListeningServer, ServerOptions } from "../server/http.ts";
import { openServer } from "../server/http.ts";
import type { Log } from "../server/log.ts";
import { sweep } from "../services/kms/sweep.ts";
import { countAuthenticationFailures } from "./authentication-failures.ts";
import type { DataFolder } from "./data-folder.ts";
import { dataFolder, requirePrivate, writePrivate } from "./data-folder.ts";
import { upgradeDatabase, withDeployment, writerOptions } from "./deployment.ts";
import type { Services } from "./services.ts";
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

const sweepEvery = minute;

/**
 * Opens a deployment for service: lock, database, writer, services, sweeper and server, in this order, and closes them in
 * the other. What was opened is closed again when a later step fails. Throws OperatorError.
 */
export async function openRunning(config: Config, clock: Clock, log: Log): Promise<Running> {
  await using opening = new AsyncDisposableStack();
  const folder = dataFolder(config);
  const embedded = await openStorage(config, folder, opening);
  const services = openServices(embedded.deployment, embedded.engine.reader);
  const sweeper = { tools: services.kms, committer: embedded.engine, forget: services.forget };
  const sweeping = everyNowAndThen(() => sweep(sweeper, clock()), log);
  opening.defer(() => sweeping.stop());
  const failures = countAuthenticationFailures(log);
  opening.defer(() => failures.stop());
  const server = await listen({ config, clock, log, services, engine: embedded.engine, failures });
  opening.defer(() => server.close());
  writePrivate(folder.address, server.url);
  opening.defer(() => rmSync(folder.address, { force: true }));
  const opened = opening.move();
  return {
    address: server.address,
    url: server.url,
    failed: embedded.engine.failed,
    sweep: sweeping.now,
    close: () => opened.disposeAsync(),
  };
}

async function openStorage(config: Config, folder: DataFolder, opening: AsyncDisposableStack) {
  const deployment = await withDeployment(config, async (opened) => opened);
  requirePrivate(folder);
  const lock = lockFolder(folder.lock, folder.folder);
  opening.defer(() => lock.release());
  await upgradeDatabase(folder);
  const engine = await openEmbedded(writerOptions(deployment, folder.database, folder.journal));
  opening.defer(() => engine.close());
  return { deployment, engine };
}

interface Parts {
  readonly config: Config;
  readonly clock: Clock;
  readonly log: Log;
  readonly services: Services;
  readonly engine: Embedded;
  readonly failures: ReturnType<typeof countAuthenticationFailures>;
}

async function listen(parts: Parts): Promise<ListeningServer> {
  const { host, port } = parts.config.listen;
  try {
    return await openServer(serverOptions(parts));
  } catch (cause) {
    const code = cause instanceof Error && "code" in cause ? cause.code : undefined;
    if (code === "EADDRINUSE")
      throw new OperatorError(
        `port ${port} of ${host} is taken: stop what uses it, or choose another with --listen`,
        { cause },
      );
    if (code === "EACCES" || code === "EADDRNOTAVAIL")
      throw new OperatorError(
        `cannot listen on ${host}:${port} (${code}): choose another address with --listen`,
        { cause },
      );
    throw cause;
  }
}

function serverOptions({ config, clock, log, services, engine, failures }: Parts): ServerOptions {
  const state: { failed?: string } = {};
  void engine.failed.then(() => {
    state.failed = "failed";
  });
  const { tls, regions } = config;
  return {
    host: config.listen.host,
    port: config.listen.port,
    ...(tls === undefined ? {} : { tls: { certificate: tls.certFile, key: tls.keyFile } }),
    behindTlsProxy: config.behindTlsProxy,
    services: services.all.map((service) => service.wire),
    credentials: services.credentials,
    invoke: createInvoke({
      services: new Map(services.all.map((service) => [service.wire.signingName, service])),
      committer: engine,
      clock,
      ids: randomIds,
      forget: services.forget,
    }),
    clock,
    ...(regions === undefined ? {} : { regions }),
    onAuthenticationFailure: failures.count,
    ready: () => state.failed,
    log,
    newRequestId: () => randomIds.uuid(),
    shutdownDelay: 0,
    shutdownGrace: config.shutdownGrace * second,
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
