import { rmSync } from "node:fs";
import { createServer } from "node:net";
import type { Clock } from "../base/clock.ts";
import { second } from "../base/clock.ts";
import { OperatorError } from "../base/errors.ts";
import type { Ask } from "../cli/commands.ts";
import type { Config } from "../config.ts";
import type { ListenAddress } from "../config-values.ts";
import { randomIds } from "../crypto/random.ts";
import { lockFolder } from "../database/lock.ts";
import type { ReceivedRequest } from "../server/front-door.ts";
import type { ListeningServer, ServerOptions } from "../server/http.ts";
import { openServer, shareOfLimits } from "../server/http.ts";
import type { Log } from "../server/log.ts";
import { newTicketKeys } from "../server/tls.ts";
import { openControl } from "./control.ts";
import { writePrivate } from "./data-folder.ts";
import { existingFolder, upgradeDatabase } from "./deployment.ts";
import { Gate } from "./gate.ts";
import { requirePlaces } from "./required-places.ts";
import { askNobody } from "./root-sources.ts";
import type { WorkPlace } from "./work.ts";
import type { HttpWorkers } from "./workers/http-workers.ts";

/** A deployment that listens, sealed or at work. */
export interface Running {
  readonly address: string;
  readonly url: string;
  /** Settles with the reason when what is stored turns out to be damaged: the process must end. */
  readonly failed: Promise<string>;
  /** Whether people have to open the root key first. */
  readonly sealed: boolean;
  /** Does what is due by the clock at once, instead of within a minute. */
  sweep(): Promise<void>;
  /** Delivers what is due of trails at once, instead of within a minute. */
  deliver(): Promise<void>;
  close(): Promise<void>;
}

/**
 * Opens a deployment for service: lock, schema, root key, control socket and server, in this order, and closes them in the
 * other. What was opened is closed again when a later step fails. So many threads answer HTTP; those beside this one have the
 * system's clock. Throws OperatorError.
 */
export async function openRunning(
  config: Config,
  clock: Clock,
  log: Log,
  ask: Ask = askNobody,
  threads = 1,
): Promise<Running> {
  await using opening = new AsyncDisposableStack();
  const folder = existingFolder(config);
  const lock = lockFolder(folder.lock, folder.folder);
  opening.defer(() => lock.release());
  await upgradeDatabase(folder);
  await requirePlaces(config, folder);
  const port = Promise.withResolvers<number>();
  let last: HttpWorkers | undefined;
  const workers = {
    threads,
    ticketKeys: newTicketKeys(),
    port: port.promise,
    frontDoor: (request: ReceivedRequest) => gate.frontDoor(request),
    started(started: HttpWorkers) {
      last = started;
    },
  };
  opening.defer(() => last?.ended());
  const place = { config, folder, clock, log, workers: threads > 1 ? workers : undefined };
  const gate: Gate = new Gate(place);
  opening.defer(() => gate.close());
  await gate.start(ask);
  const control = await openControl(folder.control, gate, log);
  opening.defer(() => control.close());
  const server = await listen(place, gate);
  opening.defer(async () => {
    // They share the grace as they share the port; what they have begun to receive is answered behind the gate.
    await Promise.all([server.close(), last?.drain()]);
  });
  port.resolve(server.port);
  writePrivate(folder.address, server.url);
  opening.defer(() => rmSync(folder.address, { force: true }));
  const opened = opening.move();
  return {
    address: server.address,
    url: server.url,
    failed: gate.failed,
    get sealed() {
      return gate.sealed;
    },
    sweep: () => gate.sweep(),
    deliver: () => gate.deliver(),
    close: () => opened.disposeAsync(),
  };
}

const addressFaults: ReadonlySet<unknown> = new Set([
  "EACCES",
  "EADDRNOTAVAIL",
  // The name of a host, which the system cannot look up.
  "ENOTFOUND",
  "EAI_AGAIN",
]);

async function listen(place: WorkPlace, gate: Gate): Promise<ListeningServer> {
  const { host, port } = place.config.listen;
  try {
    const options = serverOptions(place, gate);
    // A port that is shared could be shared with another process, too.
    if (options.reusePort === true)
      return await openServer({ ...options, port: await freePort(place.config.listen) });
    return await openServer(options);
  } catch (cause) {
    const code = cause instanceof Error && "code" in cause ? cause.code : undefined;
    if (code === "EADDRINUSE")
      throw new OperatorError(
        `port ${port} of ${host} is taken: stop what uses it, or choose another with --listen`,
        { cause },
      );
    if (addressFaults.has(code))
      throw new OperatorError(
        `cannot listen on ${host}:${port} (${code}): choose another address with --listen`,
        { cause },
      );
    throw cause;
  }
}

/** The port, chosen by the system where that is wanted, once nobody else listens on it. Throws the system's error. */
async function freePort(where: ListenAddress): Promise<number> {
  const probe = createServer();
  await new Promise<void>((resolve, reject) => {
    probe.once("error", reject).listen({ ...where, exclusive: true }, resolve);
  });
  const bound = probe.address();
  await new Promise((resolve) => probe.close(resolve));
  return typeof bound === "object" && bound !== null ? bound.port : where.port;
}

function serverOptions({ config, clock, log, workers }: WorkPlace, gate: Gate): ServerOptions {
  const state: { failed?: string } = {};
  void gate.failed.then(() => {
    state.failed = "failed";
  });
  const { tls } = config;
  return {
    host: config.listen.host,
    port: config.listen.port,
    tls: tls && {
      certificate: tls.certFile,
      key: tls.keyFile,
      ...(workers && { ticketKeys: workers.ticketKeys }),
    },
    behindTlsProxy: config.behindTlsProxy,
    frontDoor: gate.frontDoor,
    clock,
    ready: () => state.failed ?? gate.refuses,
    log,
    newRequestId: () => randomIds.uuid(),
    shutdownDelay: 0,
    shutdownGrace: config.shutdownGrace * second,
    ...(workers === undefined ? {} : { reusePort: true, limits: shareOfLimits(workers.threads) }),
  };
}
