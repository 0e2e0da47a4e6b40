import * as assert from "node:assert/strict";
import { randomBytes } from "node:crypto";
import { after, before, describe, test } from "node:test";
import { AwsKmsDriver } from "@confluentinc/schemaregistry";
import { connect, createKey, openServer, region } from "../conformance/support.ts";
import { accessKeys } from "../support/keywright.ts";

/** Confluent's Schema Registry client wraps the keys of encrypted fields in KMS, unmodified. */

describe("@confluentinc/schemaregistry", () => {
  let uri: string;
  let foreign: string;
  before(async () => {
    const server = await openServer();
    const kms = connect(server);
    uri = `aws-kms://${(await createKey(kms)).arn}`;
    foreign = `aws-kms://${(await createKey(kms)).arn}`;
    // Its client is made inside, of the region in the key's ARN.
    process.env["AWS_ENDPOINT_URL_KMS"] = server.url;
    process.env["AWS_REGION"] = region;
  });
  after(() => {
    delete process.env["AWS_ENDPOINT_URL_KMS"];
  });

  const clientOf = (keyUri: string, user: keyof typeof accessKeys = "admin") =>
    new AwsKmsDriver().newKmsClient(
      new Map([
        ["access.key.id", accessKeys[user].accessKeyId],
        ["secret.access.key", accessKeys[user].secretAccessKey],
      ]),
      keyUri,
    );

  test("it wraps and unwraps data keys", async () => {
    const client = clientOf(uri);
    assert.equal(client.supported(uri), true);
    for (let serial = 0; serial < 10; serial++) {
      const dataKey = randomBytes(32);
      const wrapped = await client.encrypt(dataKey);
      assert.ok(!wrapped.includes(dataKey));
      assert.deepEqual(await client.decrypt(wrapped), dataKey);
    }
  });

  test("what one key wrapped is not unwrapped by another, nor for a caller who may not", async () => {
    const wrapped = await clientOf(uri).encrypt(randomBytes(32));
    await assert.rejects(clientOf(foreign).decrypt(wrapped), { name: "IncorrectKeyException" });
    await assert.rejects(clientOf(uri, "nobody").decrypt(wrapped), {
      name: "AccessDeniedException",
    });
  });
});
