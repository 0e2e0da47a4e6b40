import { rmSync } from "node:fs";
import type { Clock } from "../base/clock.ts";
import { second } from "../base/clock.ts";
import { OperatorError } from "../base/errors.ts";
import type { Ask } from "../cli/commands.ts";
import type { Config } from "../config.ts";
import { randomIds } from "../crypto/random.ts";
import { lockFolder } from "../database/lock.ts";
import type { ListeningServer, ServerOptions } from "../server/http.ts";
import { openServer } from "../server/http.ts";
import type { Log } from "../server/log.ts";
import { openControl } from "./control.ts";
import { writePrivate } from "./data-folder.ts";
import { existingFolder, upgradeDatabase } from "./deployment.ts";
import { Gate } from "./gate.ts";
import { requirePlaces } from "./required-places.ts";
import { askNobody } from "./root-sources.ts";
import type { WorkPlace } from "./work.ts";

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
 * other. What was opened is closed again when a later step fails. Throws OperatorError.
 */
export async function openRunning(
  config: Config,
  clock: Clock,
  log: Log,
  ask: Ask = askNobody,
): Promise<Running> {
  await using opening = new AsyncDisposableStack();
  const folder = existingFolder(config);
  const lock = lockFolder(folder.lock, folder.folder);
  opening.defer(() => lock.release());
  await upgradeDatabase(folder);
  await requirePlaces(config, folder);
  const place = { config, folder, clock, log };
  const gate = new Gate(place);
  opening.defer(() => gate.close());
  await gate.start(ask);
  const control = await openControl(folder.control, gate, log);
  opening.defer(() => control.close());
  const server = await listen(place, gate);
  opening.defer(() => server.close());
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

async function listen(place: WorkPlace, gate: Gate): Promise<ListeningServer> {
  const { host, port } = place.config.listen;
  try {
    return await openServer(serverOptions(place, gate));
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

function serverOptions({ config, clock, log }: WorkPlace, gate: Gate): ServerOptions {
  const state: { failed?: string } = {};
  void gate.failed.then(() => {
    state.failed = "failed";
  });
  const { tls } = config;
  return {
    host: config.listen.host,
    port: config.listen.port,
    ...(tls === undefined ? {} : { tls: { certificate: tls.certFile, key: tls.keyFile } }),
    behindTlsProxy: config.behindTlsProxy,
    frontDoor: gate.frontDoor,
    clock,
    ready: () => state.failed ?? gate.refuses,
    log,
    newRequestId: () => randomIds.uuid(),
    shutdownDelay: 0,
    shutdownGrace: config.shutdownGrace * second,
  };
}
