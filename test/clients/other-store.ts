import { spawn } from "node:child_process";
import { once } from "node:events";
import { mkdtempSync, rmSync } from "node:fs";
import type { AddressInfo } from "node:net";
import { createServer } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { fileURLToPath } from "node:url";

/** s3rver, a store from npm that speaks S3 and was written by others. It looks at no signature: what stands in front of it does. */
export interface OtherStore {
  /** Another one after each start. */
  readonly url: string;
  stop(): Promise<void>;
  start(): Promise<void>;
  /** Ends it and removes what it holds. */
  remove(): Promise<void>;
}

const program = fileURLToPath(import.meta.resolve("s3rver/bin/s3rver.js"));

/** Starts the store with a bucket in it. */
export async function openOtherStore(bucket: string): Promise<OtherStore> {
  const folder = mkdtempSync(join(tmpdir(), "keywright-s3rver-"));
  const args = ["-d", folder, "-a", "127.0.0.1", "-s", "--configure-bucket", bucket];
  let url = "";
  let running: ReturnType<typeof spawn> | undefined;
  /** Whether it serves on a port that was free a moment ago: it ends at once if somebody else has taken that. */
  const serves = async (port: number): Promise<boolean> => {
    const options = { stdio: "ignore" } as const;
    const child = spawn(process.execPath, [program, ...args, "-p", String(port)], options);
    running = child;
    url = `http://127.0.0.1:${port}`;
    while (child.exitCode === null && !(await answers(url))) await sleep(50);
    return child.exitCode === null;
  };
  const store: OtherStore = {
    get url() {
      return url;
    },
    async start() {
      while (!(await serves(await freePort())));
    },
    async stop() {
      const ended = running?.exitCode === null ? once(running, "exit") : undefined;
      running?.kill("SIGKILL");
      await ended;
    },
    async remove() {
      await store.stop();
      rmSync(folder, { recursive: true, force: true });
    },
  };
  await store.start();
  return store;
}

async function answers(url: string): Promise<boolean> {
  return fetch(url).then(
    () => true,
    () => false,
  );
}

async function freePort(): Promise<number> {
  const server = createServer().listen(0, "127.0.0.1");
  await once(server, "listening");
  // INVARIANT: it listens on a port.
  const { port } = server.address() as AddressInfo;
  await new Promise((resolve) => server.close(resolve));
  return port;
}
