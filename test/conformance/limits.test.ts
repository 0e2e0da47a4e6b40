import * as assert from "node:assert/strict";
import { rmSync } from "node:fs";
import { dirname } from "node:path";
import { after, before, describe, test } from "node:test";
import { createInvoke } from "../../src/api/execute.ts";
import type { Invoke } from "../../src/api/invoke.ts";
import { AwsError } from "../../src/base/errors.ts";
import type { JsonObject, JsonValue } from "../../src/base/json.ts";
import { withDeployment, writerOptions } from "../../src/composition/deployment.ts";
import { initialize } from "../../src/composition/init.ts";
import { askNobody } from "../../src/composition/root-sources.ts";
import { openServices } from "../../src/composition/services.ts";
import { randomIds } from "../../src/crypto/random.ts";
import { openEmbedded } from "../../src/database/embedded.ts";
import { accessKeys, account, testConfig } from "../support/keywright.ts";
import { region, userArn } from "./support.ts";

const connection = { sourceIp: "127.0.0.1", userAgent: "", host: "localhost", secure: false };
type Call = (operation: string, body: JsonObject, at?: string) => Promise<JsonValue>;

/** The pipeline of a deployment whose resource quotas are small enough to be met. */
async function openSmall(): Promise<{ readonly call: Call; readonly close: () => Promise<void> }> {
  const config = testConfig();
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
    const services = openServices(deployment, engine.reader, config, {
      quotas: { keys: 3, grantsOfKey: 2 },
    });
    const invoke = createInvoke({
      services: new Map(services.all.map((each) => [each.wire.signingName, each])),
      committer: engine,
      clock,
      ids: randomIds,
      forget: services.forget,
    });
    opened.resolve(
      callBy(invoke, async () => {
        const credential = await services.credentials.find(accessKeys.admin.accessKeyId);
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

function callBy(invoke: Invoke, identify: Parameters<Invoke>[0]["identify"]): Call {
  return async (operation, body, at = region) =>
    (await invoke({
      service: "kms",
      operation,
      region: at,
      body: () => body,
      requestId: randomIds.uuid(),
      connection,
      identify,
    })) ?? null;
}

async function createKey(call: Call, body: JsonObject = {}, at = region): Promise<string> {
  const { KeyMetadata } = (await call("CreateKey", body, at)) as {
    readonly KeyMetadata: { readonly KeyId: string };
  };
  return KeyMetadata.KeyId;
}

const limit = (message: string): AwsError => new AwsError("LimitExceededException", message);
const tooMany = (at: string): AwsError =>
  limit(`The account ${account} already has 3 KMS keys in ${at}.`);

describe("resource quotas (facts 16.1), made small", () => {
  let call: Call;
  let close: () => Promise<void>;
  before(async () => {
    ({ call, close } = await openSmall());
  });
  after(() => close());

  test("an account has so many customer managed keys in a region, in whatever state", async () => {
    const keys = [];
    for (let index = 0; index < 3; index++) keys.push(await createKey(call));
    await call("DisableKey", { KeyId: String(keys[0]) });
    await call("ScheduleKeyDeletion", { KeyId: String(keys[1]) });
    for (let times = 0; times < 2; times++) await assert.rejects(createKey(call), tooMany(region));
  });

  test("keys that AWS manages do not count", async () => {
    const at = "eu-north-1";
    await call("DescribeKey", { KeyId: "alias/aws/s3" }, at);
    for (let index = 0; index < 3; index++) await createKey(call, {}, at);
    await assert.rejects(createKey(call, {}, at), tooMany(at));
  });

  test("a replica needs room in its own region", async () => {
    const [primary, full] = ["eu-west-1", "eu-west-2"];
    for (let index = 0; index < 3; index++) await createKey(call, {}, full);
    const KeyId = await createKey(call, { MultiRegion: true }, primary);
    await assert.rejects(
      call("ReplicateKey", { KeyId, ReplicaRegion: full }, primary),
      tooMany(full),
    );
    await call("ReplicateKey", { KeyId, ReplicaRegion: "eu-west-3" }, primary);
    await createKey(call, {}, "eu-west-3");
    await createKey(call, {}, "eu-west-3");
    await assert.rejects(createKey(call, {}, "eu-west-3"), tooMany("eu-west-3"));
  });

  test("a key has so many grants; a retried one needs no room, a revoked one leaves some", async () => {
    const at = "ap-south-1";
    const KeyId = await createKey(call, {}, at);
    const grant = (Name: string) => ({
      KeyId,
      Name,
      GranteePrincipal: userArn("nobody"),
      Operations: ["Encrypt"],
    });
    const { GrantId } = (await call("CreateGrant", grant("a"), at)) as { readonly GrantId: string };
    await call("CreateGrant", grant("b"), at);
    const full = limit(`The key arn:aws:kms:${at}:${account}:key/${KeyId} already has 2 grants.`);
    await assert.rejects(call("CreateGrant", grant("c"), at), full);
    await call("CreateGrant", grant("b"), at);
    await call("RevokeGrant", { KeyId, GrantId }, at);
    await call("CreateGrant", grant("c"), at);
  });
});
