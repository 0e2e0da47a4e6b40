import * as assert from "node:assert/strict";
import { after, before, describe, test } from "node:test";
import { CreateBucketCommand, PutBucketPolicyCommand } from "@aws-sdk/client-s3";
import type { DeliveryTarget, DeliveryTargets } from "../../src/api/delivery-targets.ts";
import { deliveryTargets } from "../../src/composition/delivery-targets.ts";
import { withDeployment } from "../../src/composition/deployment.ts";
import { openServices } from "../../src/composition/services.ts";
import { auditOf, connect, createKey } from "../conformance/support.ts";
import type { TestServer } from "../support/keywright.ts";
import { account, startKeywright } from "../support/keywright.ts";
import { connectS3, deliveryPolicy, trailArn } from "./support.ts";

const bucket = "bucket-for-trails";
const target: DeliveryTarget = {
  account,
  region: "us-east-1",
  bucket,
  object: `AWSLogs/${account}/CloudTrail/`,
  service: "cloudtrail.amazonaws.com",
  source: trailArn,
};

describe("whether deliveries would be let in", () => {
  let server: TestServer;
  before(async () => {
    server = await startKeywright();
  });
  after(() => server.close());

  const ask = async <T>(question: (targets: DeliveryTargets) => Promise<T>): Promise<T> =>
    withDeployment(server.config, async (deployment, reader) => {
      const services = openServices(deployment, reader, server.config);
      const answer = await question(deliveryTargets(services.all, () => new Date()));
      await services.wipe();
      return answer;
    });

  test("is decided by the bucket's policy, and leaves nothing behind", async () => {
    const asked = (over: Partial<DeliveryTarget> = {}) =>
      ask((targets) => targets.bucket({ ...target, ...over }));
    assert.equal(await asked(), "missing");
    const s3 = connectS3(server);
    await s3.send(new CreateBucketCommand({ Bucket: bucket }));
    assert.equal(await asked(), "refused");
    await s3.send(new PutBucketPolicyCommand({ Bucket: bucket, Policy: deliveryPolicy(bucket) }));
    assert.equal(await asked(), "ready");
    assert.equal(await asked({ region: "eu-west-1" }), "ready");
    assert.equal(await asked({ source: `${trailArn}2` }), "refused");
    assert.equal(await asked({ service: "config.amazonaws.com" }), "refused");
    assert.deepEqual(await auditOf(server, "PutObject"), []);
  });

  test("is decided by the key's policy, by any of the key's identifiers", async () => {
    const kms = connect(server);
    const { arn, id } = await createKey(kms, {});
    const asked = (keyId: string) => ask((targets) => targets.key(keyId, target));
    assert.equal(await asked(id), "refused");
    await kms.putKeyPolicy({
      KeyId: id,
      Policy: JSON.stringify({
        Version: "2012-10-17",
        Statement: [
          { Effect: "Allow", Principal: { AWS: account }, Action: "kms:*", Resource: "*" },
          {
            Effect: "Allow",
            Principal: { Service: target.service },
            Action: "kms:GenerateDataKey*",
            Resource: "*",
            Condition: { StringEquals: { "kms:EncryptionContext:aws:cloudtrail:arn": trailArn } },
          },
        ],
      }),
    });
    await kms.createAlias({ AliasName: "alias/trails", TargetKeyId: id });
    for (const keyId of [id, arn, "alias/trails"]) assert.deepEqual(await asked(keyId), { arn });
    for (const keyId of ["alias/nosuch", "not a key", arn.replace("us-east-1", "eu-west-1")])
      assert.equal(await asked(keyId), "missing");
    assert.deepEqual(await auditOf(server, "GenerateDataKey"), []);
  });
});
