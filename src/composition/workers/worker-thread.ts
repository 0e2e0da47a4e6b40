import type { MessagePort } from "node:worker_threads";
import { parentPort, workerData } from "node:worker_threads";
import type { Clock } from "../../base/clock.ts";
import { randomIds } from "../../crypto/random.ts";
import { openSqliteReader } from "../../database/sqlite.ts";
import { lineOver } from "../../database/writer-line.ts";
import { RootKey } from "../../keystore/root.ts";
import type { Readiness } from "../../server/health.ts";
import type { ListeningServer, ServerOptions } from "../../server/http.ts";
import { openServer, shareOfLimits } from "../../server/http.ts";
import type { Log } from "../../server/log.ts";
import { guardRoom } from "../disk-room.ts";
import { tellStalls } from "../stalls.ts";
import { RequestsUnderWay } from "../under-way.ts";
import { MainThread } from "./main-thread.ts";
import type { FromWorker, ToWorker, WorkerOptions } from "./messages.ts";
import { openWorkerDoor, openWorkerServices, withMain } from "./worker-door.ts";

const clock: Clock = () => new Date();

/** Milliseconds between the uses that the main thread is told of. */
const tellEvery = 250;

/**
 * An HTTP worker: it listens on its share of the port, proves who sends a request and answers what it can as the main thread would, with caches of its own and
 * the same writer. Everything else, and whoever could not be proven, is the main thread's.
 */
async function serve(port: MessagePort, options: WorkerOptions): Promise<void> {
  const post = (message: FromWorker): void => port.postMessage(message);
  const log: Log = (...line) => post({ kind: "log", line });
  const main = new MainThread(post);
  await using opening = new AsyncDisposableStack();
  opening.defer(() => options.line.close());
  const root = RootKey.ofCopies(options.roots);
  opening.defer(() => root.wipe());
  const reader = openSqliteReader(options.databasePath);
  opening.defer(() => reader.close());
  // Calls may wait here and nowhere else: the main thread knows of its own only.
  const line = lineOver(options.line, tellStalls(log));
  const tools = { options, clock, log };
  const services = openWorkerServices(root, reader, tools);
  opening.defer(() => services.wipe());
  const here = openWorkerDoor(services, guardRoom(options.room, line), tools);
  const requests = new RequestsUnderWay(here);
  opening.defer(() => requests.idle());
  const tell = (): void => {
    const [keys, accessKeys] = [
      services.kms.lastUsage.takeNews(),
      services.accessKeyUses.takeNews(),
    ];
    if (keys.size + accessKeys.size > 0) post({ kind: "uses", keys, accessKeys });
  };
  tell();
  const telling = setInterval(tell, tellEvery);
  opening.defer(() => {
    clearInterval(telling);
    tell();
  });
  let frontDoor = withMain(requests.frontDoor, main);
  const ready: Readiness = () => (line.stalled ? "recovering" : undefined);
  const server = await listen(options, { frontDoor: (request) => frontDoor(request), ready, log });
  const opened = opening.move();
  const close = async (): Promise<void> => {
    // Who is slow keeps no key in memory: what is still to come of its connection is the main thread's to answer.
    frontDoor = (request) => main.ask(request);
    const left = server.close();
    await opened.disposeAsync();
    post({ kind: "wiped" });
    await left;
    post({ kind: "closed" });
    port.close();
  };
  port.on("message", (message: ToWorker) => {
    if (message.kind === "close") void close();
    else if (message.kind === "drain") void server.close().then(() => post({ kind: "drained" }));
    else main.hear(message);
  });
  post({ kind: "listening" });
}

function listen(
  { listen: { threads, ...where } }: WorkerOptions,
  tools: Pick<ServerOptions, "frontDoor" | "ready" | "log">,
): Promise<ListeningServer> {
  return openServer({
    ...where,
    ...tools,
    clock,
    newRequestId: () => randomIds.uuid(),
    shutdownDelay: 0,
    reusePort: true,
    limits: shareOfLimits(threads),
  });
}

if (parentPort !== null) void serve(parentPort, workerData as WorkerOptions);
