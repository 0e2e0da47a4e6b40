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
  const port = await freePort();
  const url = `http://127.0.0.1:${port}`;
  const args = ["-d", folder, "-a", "127.0.0.1", "-p", String(port), "-s"];
  let running: ReturnType<typeof spawn> | undefined;
  const store: OtherStore = {
    url,
    async start() {
      const options = { stdio: "ignore" } as const;
      running = spawn(process.execPath, [program, ...args, "--configure-bucket", bucket], options);
      while (!(await answers(url))) await sleep(50);
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
