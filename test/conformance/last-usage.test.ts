import * as assert from "node:assert/strict";
import { join } from "node:path";
import { DatabaseSync } from "node:sqlite";
import { before, describe, test } from "node:test";
import type { KMS } from "@aws-sdk/client-kms";
import { KeyLastUsageTrackingOperation } from "@aws-sdk/client-kms";
import type { TestServer } from "../support/keywright.ts";
import type { Ready } from "./key-uses.ts";
import { kinds, uses } from "./key-uses.ts";
import {
  account,
  aliasArn,
  answer,
  auditOf,
  connect,
  createKey,
  day,
  keyArn,
  keyPolicy,
  missingId,
  openServer,
  otherAccount,
  refused,
  rootArn,
} from "./support.ts";

const Plaintext = Buffer.from("plaintext");

/** The last use of a key as GetKeyLastUsage tells it. */
async function lastUse(kms: KMS, KeyId: string) {
  const { KeyLastUsage } = await kms.getKeyLastUsage({ KeyId });
  assert.ok(KeyLastUsage !== undefined);
  return KeyLastUsage;
}

/** The uses of symmetric keys, and of all others. */
const symmetric: readonly { readonly operation: string; readonly send: Ready }[] = [
  { operation: "Encrypt", send: (kms, KeyId) => kms.encrypt({ KeyId, Plaintext }) },
  {
    operation: "Decrypt",
    async send(kms, KeyId) {
      const { CiphertextBlob } = await kms.encrypt({ KeyId, Plaintext });
      return kms.decrypt({ CiphertextBlob });
    },
  },
  {
    operation: "ReEncrypt",
    async send(kms, KeyId) {
      const { CiphertextBlob } = await kms.encrypt({ KeyId, Plaintext });
      return kms.reEncrypt({ CiphertextBlob, DestinationKeyId: KeyId });
    },
  },
  {
    operation: "GenerateDataKey",
    send: (kms, KeyId) => kms.generateDataKey({ KeyId, KeySpec: "AES_256" }),
  },
  {
    operation: "GenerateDataKeyWithoutPlaintext",
    send: (kms, KeyId) => kms.generateDataKeyWithoutPlaintext({ KeyId, KeySpec: "AES_256" }),
  },
];

const tracked: readonly string[] = Object.values(KeyLastUsageTrackingOperation);
const others = uses.filter(({ operation }) => tracked.includes(operation));

describe("GetKeyLastUsage", () => {
  let server: TestServer;
  let kms: KMS;
  before(async () => {
    server = await openServer();
    kms = connect(server);
  });

  test("a key that was never used has an empty KeyLastUsage, tracked since its creation", async () => {
    const { KeyMetadata } = await kms.createKey({});
    for (const KeyId of [KeyMetadata?.KeyId, KeyMetadata?.Arn])
      assert.deepEqual(await answer(kms.getKeyLastUsage({ KeyId })), {
        KeyId: KeyMetadata?.KeyId,
        KeyLastUsage: {},
        TrackingStartDate: KeyMetadata?.CreationDate,
        KeyCreationDate: KeyMetadata?.CreationDate,
      });
  });

  /** Proves that a call is told as the last use of its key, with the ids of its record. */
  async function proveUse(operation: string, KeyId: string, call: Promise<object>): Promise<void> {
    const { $metadata } = (await call) as { readonly $metadata: { readonly requestId?: string } };
    const record = (await auditOf(server, operation)).at(-1);
    const { Timestamp, ...told } = await lastUse(kms, KeyId);
    assert.ok(record?.["requestID"] === $metadata.requestId);
    assert.deepEqual(told, {
      Operation: operation,
      CloudTrailEventId: record?.["eventID"],
      KmsRequestId: $metadata.requestId,
    });
    assert.equal(`${Timestamp?.toISOString().slice(0, 19)}Z`, record?.["eventTime"]);
  }

  for (const { operation, send } of symmetric)
    test(`${operation} is a use`, async () => {
      const { id } = await createKey(kms);
      await proveUse(operation, id, send(kms, id));
    });

  for (const { operation, kind, prepare } of others)
    test(`${operation} is a use of a key for ${kind.KeyUsage} (${kind.KeySpec})`, async () => {
      const { id } = await createKey(kms, kind);
      const send = await prepare(kms, id);
      await proveUse(operation, id, send(kms, id));
    });

  test("these are all operations that AWS tracks", () => {
    const proven = new Set([...symmetric, ...others].map(({ operation }) => String(operation)));
    assert.deepEqual([...proven].toSorted(), tracked.toSorted());
  });

  test("ReEncrypt is a use of both keys", async () => {
    const [source, destination] = [await createKey(kms), await createKey(kms)];
    const { CiphertextBlob } = await kms.encrypt({ KeyId: source.id, Plaintext });
    await kms.reEncrypt({ CiphertextBlob, DestinationKeyId: destination.id });
    for (const { id } of [source, destination])
      assert.equal((await lastUse(kms, id)).Operation, "ReEncrypt");
    assert.deepEqual(await lastUse(kms, source.id), await lastUse(kms, destination.id));
  });

  test("a use by another account is told with the record that the key's account got", async () => {
    const Policy = keyPolicy({ Principal: { AWS: rootArn(otherAccount) }, Action: "kms:Encrypt" });
    const { id, arn } = await createKey(kms, { Policy });
    await connect(server, "other").encrypt({ KeyId: arn, Plaintext });
    const records = (await auditOf(server, "Encrypt")).slice(-2);
    const own = records.find((record) => record["recipientAccountId"] === account);
    assert.equal(records.filter((record) => record !== own).length, 1);
    assert.equal((await lastUse(kms, id)).CloudTrailEventId, own?.["eventID"]);
  });

  test("what failed, rehearsed or only looked at the key was no use", async () => {
    const { id: KeyId } = await createKey(kms);
    const { id: foreign } = await createKey(kms);
    const { CiphertextBlob } = await kms.encrypt({ KeyId: foreign, Plaintext });
    await refused(kms.encrypt({ KeyId, Plaintext, DryRun: true }), "DryRunOperationException", /./);
    await refused(kms.decrypt({ KeyId, CiphertextBlob }), "IncorrectKeyException", /./);
    await refused(
      kms.sign({ KeyId, Message: Plaintext, SigningAlgorithm: "ECDSA_SHA_256" }),
      "InvalidKeyUsageException",
      /./,
    );
    await refused(
      connect(server, "nobody").encrypt({ KeyId, Plaintext }),
      "AccessDeniedException",
      /./,
    );
    await kms.describeKey({ KeyId });
    await kms.disableKey({ KeyId });
    await refused(kms.encrypt({ KeyId, Plaintext }), "DisabledException", /./);
    assert.deepEqual(await lastUse(kms, KeyId), {});
  });

  test("a signature or MAC that does not verify was no use", async () => {
    const Message = Buffer.from("message");
    const { id: signing } = await createKey(kms, kinds.signing);
    const Signature = Buffer.from("3006020101020101", "hex");
    await refused(
      kms.verify({ KeyId: signing, Message, Signature, SigningAlgorithm: "ECDSA_SHA_256" }),
      "KMSInvalidSignatureException",
    );
    const { id: mac } = await createKey(kms, kinds.mac);
    await refused(
      kms.verifyMac({ KeyId: mac, Message, Mac: Buffer.alloc(32), MacAlgorithm: "HMAC_SHA_256" }),
      "KMSInvalidMacException",
    );
    for (const id of [signing, mac]) assert.deepEqual(await lastUse(kms, id), {});
  });

  test("keys are named by id or ARN, in any state, within their account", async () => {
    const { id: KeyId, arn } = await createKey(kms, {
      Policy: keyPolicy({ Principal: { AWS: rootArn(otherAccount) }, Action: "kms:*" }),
    });
    await kms.createAlias({ AliasName: "alias/used", TargetKeyId: KeyId });
    await refused(kms.getKeyLastUsage({ KeyId: "alias/used" }), "NotFoundException", /./);
    await refused(
      kms.getKeyLastUsage({ KeyId: aliasArn("alias/used") }),
      "InvalidArnException",
      /./,
    );
    await refused(kms.getKeyLastUsage({ KeyId: missingId }), "NotFoundException", /./);
    await refused(kms.getKeyLastUsage({ KeyId: keyArn(missingId) }), "NotFoundException", /./);
    await refused(
      connect(server, "other").getKeyLastUsage({ KeyId: arn }),
      "AccessDeniedException",
      /./,
    );
    await refused(
      connect(server, "nobody").getKeyLastUsage({ KeyId }),
      "AccessDeniedException",
      /./,
    );
    await kms.encrypt({ KeyId, Plaintext });
    await kms.disableKey({ KeyId });
    assert.equal((await lastUse(kms, KeyId)).Operation, "Encrypt");
    await kms.scheduleKeyDeletion({ KeyId });
    assert.equal((await lastUse(kms, KeyId)).Operation, "Encrypt");
  });

  test("the record of the call holds the key's identifier and no answer", async () => {
    const { arn } = await createKey(kms);
    await kms.getKeyLastUsage({ KeyId: arn });
    const record = (await auditOf(server, "GetKeyLastUsage")).at(-1);
    assert.deepEqual(record?.["requestParameters"], { keyId: arn });
    assert.equal(record?.["responseElements"], null);
    assert.equal(record?.["readOnly"], true);
  });

  test("primary and replica keys are used independently", async () => {
    const { id: KeyId } = await createKey(kms, { MultiRegion: true });
    await kms.replicateKey({ KeyId, ReplicaRegion: "eu-west-1" });
    const elsewhere = connect(server, "admin", "eu-west-1");
    await elsewhere.encrypt({ KeyId, Plaintext });
    assert.deepEqual(await lastUse(kms, KeyId), {});
    assert.equal((await lastUse(elsewhere, KeyId)).Operation, "Encrypt");
  });

  test("calls that use one key at once do not disturb each other", async () => {
    const { id: KeyId } = await createKey(kms);
    const calls = await Promise.all(
      Array.from({ length: 100 }, () => kms.encrypt({ KeyId, Plaintext })),
    );
    const ids = calls.map(({ $metadata }) => $metadata.requestId);
    assert.ok(ids.includes((await lastUse(kms, KeyId)).KmsRequestId));
  });

  test("a use is remembered after a restart, and to the minute however often it recurs", async () => {
    const own = await openServer();
    const { id: KeyId } = await createKey(connect(own));
    await connect(own).encrypt({ KeyId, Plaintext });
    const first = await lastUse(connect(own), KeyId);
    await own.restart();
    assert.deepEqual(await lastUse(connect(own), KeyId), first);
    own.clock.offset += 61_000;
    await connect(own).generateDataKey({ KeyId, KeySpec: "AES_256" });
    const second = await lastUse(connect(own), KeyId);
    assert.equal(second.Operation, "GenerateDataKey");
    await connect(own).encrypt({ KeyId, Plaintext });
    assert.equal((await lastUse(connect(own), KeyId)).Operation, "Encrypt");
    await own.restart();
    assert.deepEqual(await lastUse(connect(own), KeyId), second);
  });

  test("with the key, what is known of its use is destroyed", async () => {
    const own = await openServer();
    const { id: KeyId } = await createKey(connect(own));
    await connect(own).encrypt({ KeyId, Plaintext });
    const rows = (): number => {
      using database = new DatabaseSync(join(own.folder, "keywright.db"), { readOnly: true });
      return database.prepare("SELECT key_id FROM key_usage WHERE key_id = ?").all(KeyId).length;
    };
    assert.equal(rows(), 1);
    await connect(own).scheduleKeyDeletion({ KeyId, PendingWindowInDays: 7 });
    own.clock.offset += 8 * day;
    await own.sweep();
    assert.equal(rows(), 0);
    await refused(connect(own).getKeyLastUsage({ KeyId }), "NotFoundException", /./);
  });
});
