import * as assert from "node:assert/strict";
import { rmSync } from "node:fs";
import { dirname } from "node:path";
import type { Caller } from "../../src/api/context.ts";
import { createInvoke } from "../../src/api/execute.ts";
import type { Invoke } from "../../src/api/invoke.ts";
import type { JsonObject, JsonValue } from "../../src/base/json.ts";
import { withDeployment, writerOptions } from "../../src/composition/deployment.ts";
import { initialize } from "../../src/composition/init.ts";
import { askNobody } from "../../src/composition/root-sources.ts";
import { openServices } from "../../src/composition/services.ts";
import { randomIds } from "../../src/crypto/random.ts";
import { openEmbedded } from "../../src/database/embedded.ts";
import type { TestUser } from "./keywright.ts";
import { accessKeys, testConfig } from "./keywright.ts";

const connection = { sourceIp: "127.0.0.1", userAgent: "", host: "localhost", secure: false };

/** Calls KMS: as the administrator of the first account, in us-east-1, unless it is told otherwise. */
export type Call = (
  operation: string,
  body: JsonObject,
  from?: { readonly at?: string; readonly user?: TestUser },
) => Promise<JsonValue>;

/** The pipeline of a deployment of its own, with bounds that are small enough to be met. */
export async function openPipeline(
  bounds: Parameters<typeof openServices>[3],
  flags: Parameters<typeof testConfig>[1] = [],
): Promise<{ readonly call: Call; readonly close: () => Promise<void> }> {
  const config = testConfig(undefined, flags);
  const clock = () => new Date();
  const io = {
    environment: {},
    workingDirectory: config.data,
    clock,
    out: () => undefined,
    error: () => undefined,
    ask: askNobody,
  };
  await initialize(config, io);
  const opened = Promise.withResolvers<Call>();
  const ended = Promise.withResolvers<void>();
  const closed = withDeployment(config, async (deployment, _reader, folder) => {
    const engine = await openEmbedded(writerOptions(deployment, folder.database, folder.journal));
    const services = openServices(deployment, engine.reader, config, bounds);
    const invoke = createInvoke({
      services: new Map(services.all.map((each) => [each.wire.signingName, each])),
      committer: engine,
      clock,
      ids: randomIds,
      forget: services.forget,
    });
    opened.resolve(
      callBy(invoke, async (user) => {
        const credential = await services.credentials.find(accessKeys[user].accessKeyId);
        assert.ok(credential !== undefined);
        return credential.caller;
      }),
    );
    await ended.promise;
    await engine.close();
  });
  closed.catch(opened.reject);
  const call = await opened.promise;
  return {
    call,
    async close() {
      ended.resolve();
      await closed;
      rmSync(dirname(config.data), { recursive: true, force: true });
    },
  };
}

function callBy(invoke: Invoke, callerOf: (user: TestUser) => Promise<Caller>): Call {
  return async (operation, body, { at = "us-east-1", user = "admin" } = {}) =>
    (await invoke({
      service: "kms",
      operation,
      region: at,
      body: () => body,
      requestId: randomIds.uuid(),
      connection,
      identify: () => callerOf(user),
    })) ?? null;
}
