import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { KMSClient } from "@aws-sdk/client-kms";
import type { Clock } from "../../src/base/clock.ts";
import { initialize } from "../../src/composition/init.ts";
import { askNobody } from "../../src/composition/root-sources.ts";
import type { Running } from "../../src/composition/running.ts";
import { openRunning } from "../../src/composition/running.ts";
import type { Config } from "../../src/config.ts";
import { loadConfig } from "../../src/config.ts";
import { jsonLog } from "../../src/server/log.ts";

/** Access keys of the seed below, by user. */
export const accessKeys = {
  admin: { accessKeyId: "AKIAADMIN0000000TEST", secretAccessKey: "admin-secret/for+tests" },
  manager: { accessKeyId: "AKIAMANAGER00000TEST", secretAccessKey: "manager-secret/for+tests" },
  encryptor: { accessKeyId: "AKIAENCRYPT00000TEST", secretAccessKey: "encryptor-secret/for+tests" },
  nobody: { accessKeyId: "AKIANOBODY000000TEST", secretAccessKey: "nobody-secret/for+tests" },
  root: { accessKeyId: "AKIAROOT00000000TEST", secretAccessKey: "root-secret/for+tests" },
  other: { accessKeyId: "AKIAOTHER0000000TEST", secretAccessKey: "other-secret/for+tests" },
} as const;
export type TestUser = keyof typeof accessKeys;

export const account = "111122223333";
export const otherAccount = "444455556666";
const administrator = "arn:aws:iam::aws:policy/AdministratorAccess";

const key = (user: TestUser) => ({
  id: accessKeys[user].accessKeyId,
  secret: accessKeys[user].secretAccessKey,
});

/** Two accounts: the first with an administrator, users without policies and an active root key, the second with an administrator. */
export const testSeed = {
  accounts: [
    {
      id: account,
      rootAccessKeys: [key("root")],
      users: [
        { name: "admin", managedPolicies: [administrator], accessKeys: [key("admin")] },
        { name: "manager", accessKeys: [key("manager")] },
        { name: "encryptor", accessKeys: [key("encryptor")] },
        { name: "nobody", accessKeys: [key("nobody")] },
      ],
    },
    {
      id: otherAccount,
      users: [{ name: "admin", managedPolicies: [administrator], accessKeys: [key("other")] }],
    },
  ],
};

export interface TestServer {
  readonly url: string;
  readonly folder: string;
  readonly config: Config;
  /** What the service takes for the present; tests move it. */
  readonly clock: { offset: number };
  client(user: TestUser, region?: string): KMSClient;
  /** Deletes and rotates what is due by the clock. */
  sweep(): Promise<void>;
  /** Delivers what is due of trails by the clock. */
  deliver(): Promise<void>;
  /** Stops and starts on the same folder; `meanwhile` finds it closed. */
  restart(meanwhile?: () => Promise<void>): Promise<void>;
  close(): Promise<void>;
}

/** Flags of the command line and their text. */
export type Flags = readonly (readonly [flag: string, text: string])[];

/** Writes the seed into a new folder and returns the configuration of a server on it. */
export function testConfig(seed: object = testSeed, more: Flags = []): Config {
  const folder = mkdtempSync(join(tmpdir(), "keywright-test-"));
  const seedFile = join(folder, "seed.json");
  writeFileSync(seedFile, JSON.stringify(seed));
  const flags = new Map([
    ["--data", join(folder, "data")],
    ["--listen", "127.0.0.1:0"],
    ["--seed", seedFile],
    ...more,
  ]);
  return loadConfig({ flags, environment: {}, workingDirectory: folder }, "serve");
}

/**
 * A real server on a free port of the loopback, with a data folder of its own. Its log shows only faults. Where more than one
 * thread answers, the clock must stay where it is: the others have the system's.
 */
export async function startKeywright(
  seed: object = testSeed,
  more: Flags = [],
  threads = 1,
): Promise<TestServer> {
  const config = testConfig(seed, more);
  const io = {
    environment: {},
    workingDirectory: config.data,
    clock: () => new Date(),
    out: () => undefined,
    error: () => undefined,
    ask: askNobody,
  };
  await initialize(config, io);
  return startOnFolder(config, threads);
}

/** The same on a data folder that is there, which goes with its parent when the server is closed. `offset` moves the clock from the start on. */
export async function startOnFolder(config: Config, threads = 1, offset = 0): Promise<TestServer> {
  const clock = { offset };
  const now: Clock = () => new Date(Date.now() + clock.offset);
  const log = jsonLog("error", now, (line) => process.stderr.write(line));
  const open = (): Promise<Running> => openRunning(config, now, log, askNobody, threads);
  let running = await open();
  const clients: KMSClient[] = [];
  return {
    get url() {
      return running.url;
    },
    folder: config.data,
    config,
    clock,
    client(user, region = "us-east-1") {
      const client = new KMSClient({
        endpoint: running.url,
        region,
        credentials: accessKeys[user],
        maxAttempts: 1,
        systemClockOffset: clock.offset,
      });
      clients.push(client);
      return client;
    },
    sweep: () => running.sweep(),
    deliver: () => running.deliver(),
    async restart(meanwhile) {
      await running.close();
      try {
        await meanwhile?.();
      } finally {
        running = await open();
      }
    },
    async close() {
      for (const client of clients) client.destroy();
      await running.close();
      rmSync(join(config.data, ".."), { recursive: true, force: true });
    },
  };
}
