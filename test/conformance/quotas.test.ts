import * as assert from "node:assert/strict";
import { before, describe, test } from "node:test";
import type { TestServer } from "../support/keywright.ts";
import {
  aliasArn,
  auditOf,
  connect,
  createKey,
  keyPolicy,
  missingId,
  openServer,
  otherAccount,
  refused,
  rootArn,
} from "./support.ts";

const text =
  "You have exceeded the rate at which you may call KMS. Reduce the frequency of your calls.";
const throttled = (call: Promise<unknown>): Promise<void> =>
  refused(call, "ThrottlingException", text);

/** Each bucket holds one call; five a second become five in a thousand seconds, so that no test is too slow to fail. */
const slow = [["--request-rate-factor", "0.001"]] as const;
const refill = 200_000;

describe("request quotas (facts 16.2)", () => {
  let server: TestServer;
  before(async () => {
    server = await openServer(undefined, slow);
  });
  /** Lets the buckets of all five-a-second quotas fill. */
  const pause = (): void => {
    server.clock.offset += refill;
  };

  test("a call too many is refused in AWS's words, recorded, and does nothing", async () => {
    pause();
    const kms = connect(server);
    await createKey(kms);
    await throttled(kms.createKey({}));
    const record = (await auditOf(server, "CreateKey")).at(-1);
    assert.equal(record?.["errorCode"], "ThrottlingException");
    assert.equal(record?.["errorMessage"], text);
    assert.equal((await kms.listKeys({})).Keys?.length, 1);
    pause();
    await createKey(connect(server));
  });

  test("the quota is the account's: all of its users share it, and a refused call counts, too", async () => {
    pause();
    const nobody = connect(server, "nobody");
    await refused(nobody.createKey({}), "AccessDeniedException", /./);
    await throttled(nobody.createKey({}));
    await throttled(connect(server).createKey({}));
  });

  test("other accounts, regions and operations are not touched", async () => {
    pause();
    await createKey(connect(server));
    await throttled(connect(server).createKey({}));
    const { id } = await createKey(connect(server, "other"));
    await createKey(connect(server, "admin", "eu-west-1"));
    await connect(server, "other").disableKey({ KeyId: id });
  });

  test("across accounts the caller pays, not the owner of the key", async () => {
    pause();
    const Policy = keyPolicy({
      Principal: { AWS: rootArn(otherAccount) },
      Action: "kms:*",
    });
    const kms = connect(server);
    const { arn: KeyId, id } = await createKey(kms, { Policy });
    const other = connect(server, "other");
    const request = { KeyId, KeyPairSpec: "RSA_2048" } as const;
    await other.generateDataKeyPairWithoutPlaintext(request);
    await throttled(other.generateDataKeyPairWithoutPlaintext(request));
    await kms.generateDataKeyPairWithoutPlaintext({ ...request, KeyId: id });
  });

  test("a call for a key that does not exist counts, one that is not valid does not", async () => {
    pause();
    const kms = connect(server);
    for (let times = 0; times < 3; times++)
      await refused(kms.disableKey({ KeyId: "" }), "ValidationException", /./);
    await refused(kms.disableKey({ KeyId: missingId }), "NotFoundException", /./);
    await throttled(kms.disableKey({ KeyId: missingId }));
  });

  test("throttling does not tell whether an alias of another account exists", async () => {
    const own = await openServer(undefined, slow);
    const kms = connect(own);
    const { id } = await createKey(kms, { KeySpec: "ECC_NIST_P256", KeyUsage: "SIGN_VERIFY" });
    await kms.createAlias({ AliasName: "alias/there", TargetKeyId: id });
    const other = connect(own, "other");
    const { id: KeyId } = await createKey(other, {
      KeySpec: "ECC_NIST_P256",
      KeyUsage: "SIGN_VERIFY",
    });
    const request = { Message: Buffer.from("m"), SigningAlgorithm: "ECDSA_SHA_256" } as const;
    await other.sign({ KeyId, ...request });
    await throttled(other.sign({ KeyId, ...request }));
    for (const name of ["alias/there", "alias/missing"])
      await refused(
        other.sign({ KeyId: aliasArn(name), ...request }),
        "AccessDeniedException",
        /because no resource-based policy allows/,
      );
  });

  test("a DryRun counts, too", async () => {
    const own = await openServer(undefined, slow);
    const { id: KeyId } = await createKey(connect(own));
    const request = { KeyId, KeyPairSpec: "RSA_4096", DryRun: true } as const;
    const kms = connect(own);
    await refused(kms.generateDataKeyPair(request), "DryRunOperationException", /./);
    await throttled(kms.generateDataKeyPair(request));
  });

  test("a replica counts as two new keys in its region", async () => {
    pause();
    const { id: KeyId } = await createKey(connect(server), { MultiRegion: true });
    const ReplicaRegion = "eu-central-1";
    await connect(server).replicateKey({ KeyId, ReplicaRegion });
    pause();
    await throttled(connect(server, "admin", ReplicaRegion).createKey({}));
    pause();
    await createKey(connect(server, "admin", ReplicaRegion));
  });

  test("a usual server answers a hundred times as much as AWS does", async () => {
    const usual = await openServer();
    const kms = connect(usual);
    const { id: KeyId } = await createKey(kms);
    for (let times = 0; times < 50; times++)
      await kms.updateKeyDescription({ KeyId, Description: "" });
  });
});
