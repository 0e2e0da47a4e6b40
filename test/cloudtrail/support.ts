import * as assert from "node:assert/strict";
import { rmSync } from "node:fs";
import { join } from "node:path";
import { CloudTrail, CloudTrailServiceException } from "@aws-sdk/client-cloudtrail";
import type { DeliveryTarget, DeliveryTargets } from "../../src/api/delivery-targets.ts";
import { createPipeline } from "../../src/api/execute.ts";
import type { Clock } from "../../src/base/clock.ts";
import { existingFolder, openWith, writerOptions } from "../../src/composition/deployment.ts";
import { initialize } from "../../src/composition/init.ts";
import { allSources } from "../../src/composition/root-sources.ts";
import { openServices } from "../../src/composition/services.ts";
import { randomIds } from "../../src/crypto/random.ts";
import type { Committer } from "../../src/database/commit.ts";
import type { Reader } from "../../src/database/database.ts";
import { readDeployment } from "../../src/database/deployment.ts";
import { Domains } from "../../src/database/domains.ts";
import { openEmbedded } from "../../src/database/embedded.ts";
import { openSqliteReader } from "../../src/database/sqlite.ts";
import { openFrontDoor } from "../../src/server/front-door.ts";
import { openServer } from "../../src/server/http.ts";
import { jsonLog } from "../../src/server/log.ts";
import { cloudTrailService } from "../../src/services/cloudtrail/index.ts";
import { DigestKeyTables } from "../../src/services/cloudtrail/tables/digest-keys.ts";
import { TrailTables } from "../../src/services/cloudtrail/tables/trails.ts";
import type { TestServer, TestUser } from "../support/keywright.ts";
import { accessKeys, testConfig, testSeed } from "../support/keywright.ts";
import type { ClientCredentials } from "../support/sdk.ts";
import { sendRaw } from "../support/wire.ts";
import { MemoryTrail } from "./memory-trail.ts";

/** Calls CloudTrail with what the SDK does not know yet. Returns the answer; throws when it is none. */
export async function callTrail(
  server: Pick<TestServer, "url" | "clock">,
  operation: string,
  input: object,
): Promise<Readonly<Record<string, unknown>>> {
  const target = `com.amazonaws.cloudtrail.v20131101.CloudTrail_20131101.${operation}`;
  const { status, text } = await sendRaw(
    server,
    "admin",
    target,
    JSON.stringify(input),
    "cloudtrail",
  );
  assert.equal(status, 200, text);
  return JSON.parse(text) as Readonly<Record<string, unknown>>;
}

/** Buckets and keys as a test wants them: what it does not name is missing. */
class Targets implements DeliveryTargets {
  readonly buckets = new Map<string, "ready" | "refused">();
  readonly keys = new Map<string, { readonly arn: string } | "refused">();
  readonly asked: DeliveryTarget[] = [];

  async bucket(target: DeliveryTarget) {
    this.asked.push(target);
    return this.buckets.get(target.bucket) ?? "missing";
  }

  async key(keyId: string) {
    return this.keys.get(keyId) ?? "missing";
  }
}

export interface TrailServer extends Pick<TestServer, "url" | "clock" | "folder"> {
  readonly trail: MemoryTrail;
  readonly targets: Targets;
  readonly reader: Reader;
  readonly committer: Committer;
  /** Of deliveries, in order. */
  readonly failures: string[];
  readonly trails: TrailTables;
  readonly digestKeys: DigestKeyTables;
  close(): Promise<void>;
}

/** A real server with all services, whose audit trail can be read. */
export async function startWithTrail(seed: object = testSeed): Promise<TrailServer> {
  const config = testConfig(seed);
  const clock = { offset: 0 };
  const now: Clock = () => new Date(Date.now() + clock.offset);
  const nobody = () => Promise.reject(new Error("nobody is asked"));
  const silent = { environment: {}, workingDirectory: config.data, clock: now, ask: nobody };
  await initialize(config, { ...silent, out: () => undefined, error: () => undefined });
  await using opening = new AsyncDisposableStack();
  opening.defer(() => rmSync(join(config.data, ".."), { recursive: true, force: true }));
  const folder = existingFolder(config);
  const first = openSqliteReader(folder.database);
  const sources = allSources(await readDeployment(first), config, nobody);
  const deployment = await openWith(first, sources);
  first.close();
  opening.defer(() => deployment.root.wipe());
  const engine = await openEmbedded(writerOptions(deployment, folder.database, folder.journal));
  opening.defer(() => engine.close());
  const log = jsonLog("error", now, (line) => process.stderr.write(line));
  const services = openServices(deployment, engine.reader, config, { log });
  opening.defer(() => services.wipe());
  const trail = new MemoryTrail();
  const targets = new Targets();
  const domains = new Domains(deployment.root, engine.reader);
  const tools = {
    trails: new TrailTables(engine.reader, domains),
    digestKeys: new DigestKeyTables(engine.reader, domains),
    reader: engine.reader,
    records: trail,
    targets,
    ids: randomIds,
  };
  const all = [...services.all, cloudTrailService(tools)];
  const committer = trail.watching(engine);
  const { invoke, perform } = createPipeline({
    services: new Map(all.map((service) => [service.wire.signingName, service])),
    committer,
    clock: now,
    ids: randomIds,
    forget: services.forget,
  });
  const wires = all.map(({ wire }) => wire);
  const credentials = services.signers;
  const newRequestId = () => randomIds.uuid();
  const server = await openServer({
    ...{ host: "127.0.0.1", port: 0, behindTlsProxy: false },
    frontDoor: openFrontDoor({
      ...{ services: wires, credentials, invoke, perform, clock: now, log, newRequestId },
    }),
    ...{ clock: now, ready: () => undefined, log, newRequestId },
    ...{ shutdownDelay: 0, shutdownGrace: 1_000 },
  });
  opening.defer(() => server.close());
  const opened = opening.move();
  return {
    url: server.url,
    clock,
    folder: config.data,
    trail,
    targets,
    reader: engine.reader,
    committer,
    failures: [],
    trails: tools.trails,
    digestKeys: tools.digestKeys,
    close: () => opened.disposeAsync(),
  };
}

/** A client of AWS's SDK that never tries twice. */
export function connectTrail(
  server: Pick<TestServer, "url" | "clock">,
  who: TestUser | ClientCredentials = "admin",
  region = "us-east-1",
): CloudTrail {
  return new CloudTrail({
    endpoint: server.url,
    region,
    credentials: typeof who === "string" ? accessKeys[who] : who,
    maxAttempts: 1,
    systemClockOffset: server.clock.offset,
  });
}

/** Proves that a call is refused with this code, HTTP 400 and this text. */
export async function refusedBy(
  call: Promise<unknown>,
  code: string,
  message: string | RegExp,
): Promise<void> {
  try {
    await call;
  } catch (error) {
    if (!(error instanceof CloudTrailServiceException)) throw error;
    assert.equal(error.name, code, error.message);
    if (typeof message === "string") assert.equal(error.message, message);
    else assert.match(error.message, message);
    assert.equal(error.$metadata.httpStatusCode, 400);
    return;
  }
  throw new assert.AssertionError({ message: "the call was allowed" });
}
