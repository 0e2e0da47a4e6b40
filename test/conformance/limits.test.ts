import * as assert from "node:assert/strict";
import { after, before, describe, test } from "node:test";
import { AwsError } from "../../src/base/errors.ts";
import type { JsonObject } from "../../src/base/json.ts";
import { account } from "../support/keywright.ts";
import type { Call } from "../support/pipeline.ts";
import { openPipeline } from "../support/pipeline.ts";
import { region, userArn } from "./support.ts";

async function createKey(call: Call, body: JsonObject = {}, at = region): Promise<string> {
  const { KeyMetadata } = (await call("CreateKey", body, { at })) as {
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
    ({ call, close } = await openPipeline({ quotas: { keys: 3, grantsOfKey: 2 } }));
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
    await call("DescribeKey", { KeyId: "alias/aws/s3" }, { at: at });
    for (let index = 0; index < 3; index++) await createKey(call, {}, at);
    await assert.rejects(createKey(call, {}, at), tooMany(at));
  });

  test("a replica needs room in its own region", async () => {
    const [primary, full] = ["eu-west-1", "eu-west-2"];
    for (let index = 0; index < 3; index++) await createKey(call, {}, full);
    const KeyId = await createKey(call, { MultiRegion: true }, primary);
    await assert.rejects(
      call("ReplicateKey", { KeyId, ReplicaRegion: full }, { at: primary }),
      tooMany(full),
    );
    await call("ReplicateKey", { KeyId, ReplicaRegion: "eu-west-3" }, { at: primary });
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
    const { GrantId } = (await call("CreateGrant", grant("a"), { at: at })) as {
      readonly GrantId: string;
    };
    await call("CreateGrant", grant("b"), { at: at });
    const full = limit(`The key arn:aws:kms:${at}:${account}:key/${KeyId} already has 2 grants.`);
    await assert.rejects(call("CreateGrant", grant("c"), { at: at }), full);
    await call("CreateGrant", grant("b"), { at: at });
    await call("RevokeGrant", { KeyId, GrantId }, { at: at });
    await call("CreateGrant", grant("c"), { at: at });
  });
});
