import * as assert from "node:assert/strict";
import { after, before, describe, test } from "node:test";
import {
  DecryptCommand,
  DisableKeyCommand,
  EncryptCommand,
  KMSClient,
  NotFoundException,
} from "@aws-sdk/client-kms";
import { GetCallerIdentityCommand, STSClient } from "@aws-sdk/client-sts";
import type { Answer, Call } from "../../src/api/invoke.ts";
import { AwsError } from "../../src/base/errors.ts";
import type { TestServer } from "./support.ts";
import { accessKeyId, openTestServer, secret } from "./support.ts";

const arn = "arn:aws:iam::111122223333:user/alice & <bob>";

const operations: Readonly<Record<string, () => Answer>> = {
  Encrypt: () => ({ CiphertextBlob: "AAEC", KeyId: "k" }),
  DisableKey: () => undefined,
  Decrypt: () => {
    throw new AwsError("NotFoundException", "no such key");
  },
  GetCallerIdentity: () => ({ Arn: arn, UserId: "AIDA", Account: "111122223333" }),
};

describe("AWS's own clients", () => {
  let server: TestServer;
  before(async () => {
    server = await openTestServer({
      clock: () => new Date(),
      invoke: async (call: Call) => operations[call.operation]?.(),
    });
  });
  after(() => server.close());

  const settings = () => ({
    endpoint: server.url,
    region: "eu-central-1",
    credentials: { accessKeyId, secretAccessKey: secret },
    maxAttempts: 1,
  });

  test("KMS: an answer, an empty answer and an error arrive as the SDK knows them", async () => {
    const kms = new KMSClient(settings());
    const encrypted = await kms.send(
      new EncryptCommand({ KeyId: "k", Plaintext: Buffer.from("secret ü") }),
    );
    assert.deepEqual(encrypted.CiphertextBlob, Uint8Array.of(0, 1, 2));
    assert.match(encrypted.$metadata.requestId ?? "", /^00000000-/);
    assert.equal(server.calls.at(-1)?.region, "eu-central-1");
    await kms.send(new DisableKeyCommand({ KeyId: "k" }));
    await assert.rejects(
      kms.send(new DecryptCommand({ CiphertextBlob: Buffer.from("x") })),
      (error) => error instanceof NotFoundException && error.message === "no such key",
    );
    kms.destroy();
  });

  test("KMS: a wrong secret is refused", async () => {
    const credentials = { accessKeyId, secretAccessKey: "wrong" };
    const kms = new KMSClient({ ...settings(), credentials });
    await assert.rejects(kms.send(new DisableKeyCommand({ KeyId: "k" })), {
      name: "InvalidSignatureException",
    });
    kms.destroy();
  });

  test("STS: an answer and an error arrive as the SDK knows them", async () => {
    const sts = new STSClient(settings());
    const identity = await sts.send(new GetCallerIdentityCommand({}));
    assert.equal(identity.Arn, arn);
    assert.equal(identity.Account, "111122223333");
    sts.destroy();
    const stranger = new STSClient({
      ...settings(),
      credentials: { accessKeyId: "AKIAUNKNOWN", secretAccessKey: "x" },
    });
    await assert.rejects(stranger.send(new GetCallerIdentityCommand({})), {
      name: "InvalidClientTokenId",
    });
    stranger.destroy();
  });
});
