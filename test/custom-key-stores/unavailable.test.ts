import * as assert from "node:assert/strict";
import { test } from "node:test";
import { connect, createKey, refused, userArn } from "../conformance/support.ts";
import { openLab } from "./lab.ts";
import { connectStore, createStore, disconnectStore } from "./stores.ts";

/** The column "Unavailable" of AWS's table of operations and key states. */
const lab = await openLab();
const kms = connect(lab.server, "admin", lab.newRegion());
const storeId = await createStore(kms, lab.cluster);
await connectStore(kms, storeId);
const key = await createKey(kms, { Origin: "AWS_CLOUDHSM", CustomKeyStoreId: storeId });
const { CiphertextBlob } = await kms.encrypt({ KeyId: key.id, Plaintext: Buffer.of(1) });
const own = await createKey(kms);
await disconnectStore(kms, storeId);
const KeyId = key.id;

test("what uses the material of an unavailable key is refused", async () => {
  const Plaintext = Buffer.of(1);
  const unavailable = ["KMSInvalidStateException", `${key.arn} is unavailable.`] as const;
  for (const call of [
    () => kms.encrypt({ KeyId, Plaintext }),
    () => kms.decrypt({ CiphertextBlob }),
    () => kms.decrypt({ KeyId, CiphertextBlob }),
    () => kms.reEncrypt({ CiphertextBlob, DestinationKeyId: own.id }),
    () => kms.generateDataKey({ KeyId, NumberOfBytes: 8 }),
    () => kms.generateDataKeyWithoutPlaintext({ KeyId, NumberOfBytes: 8 }),
    () => kms.encrypt({ KeyId, Plaintext, DryRun: true }),
  ])
    await refused(call(), ...unavailable);
});

test("what its origin never does is refused as always", async () => {
  const wrapping = {
    WrappingAlgorithm: "RSAES_OAEP_SHA_256",
    WrappingKeySpec: "RSA_2048",
  } as const;
  for (const call of [
    () => kms.generateDataKeyPair({ KeyId, KeyPairSpec: "ECC_NIST_P256" }),
    () => kms.generateDataKeyPairWithoutPlaintext({ KeyId, KeyPairSpec: "ECC_NIST_P256" }),
    () => kms.enableKeyRotation({ KeyId }),
    () => kms.disableKeyRotation({ KeyId }),
    () => kms.getKeyRotationStatus({ KeyId }),
    () => kms.listKeyRotations({ KeyId }),
    () => kms.rotateKeyOnDemand({ KeyId }),
    () => kms.getParametersForImport({ KeyId, ...wrapping }),
    () => kms.deleteImportedKeyMaterial({ KeyId }),
  ])
    await refused(call(), "UnsupportedOperationException", /./);
  await refused(
    kms.cancelKeyDeletion({ KeyId }),
    "KMSInvalidStateException",
    `${key.arn} is not pending deletion.`,
  );
});

test("what leaves the material alone works on", async () => {
  await kms.createAlias({ AliasName: "alias/a", TargetKeyId: KeyId });
  await kms.updateAlias({ AliasName: "alias/a", TargetKeyId: own.id });
  await kms.updateAlias({ AliasName: "alias/a", TargetKeyId: KeyId });
  await kms.deleteAlias({ AliasName: "alias/a" });
  const GranteePrincipal = userArn("encryptor");
  const { GrantId } = await kms.createGrant({ KeyId, GranteePrincipal, Operations: ["Encrypt"] });
  await kms.listGrants({ KeyId });
  await kms.revokeGrant({ KeyId: key.arn, GrantId });
  const Tags = [{ TagKey: "a", TagValue: "b" }];
  await kms.tagResource({ KeyId, Tags });
  await kms.listResourceTags({ KeyId });
  await kms.untagResource({ KeyId, TagKeys: ["a"] });
  await kms.updateKeyDescription({ KeyId, Description: "x" });
  const { Policy } = await kms.getKeyPolicy({ KeyId });
  await kms.putKeyPolicy({ KeyId, Policy });
  await kms.listKeyPolicies({ KeyId });
  await kms.getKeyLastUsage({ KeyId });
  await kms.disableKey({ KeyId });
  await kms.enableKey({ KeyId });
  const { KeyMetadata } = await kms.describeKey({ KeyId });
  assert.equal(KeyMetadata?.KeyState, "Unavailable");
});

test("a deletion is scheduled, stays while the store is away, and is cancelled", async () => {
  const scheduled = await kms.scheduleKeyDeletion({ KeyId });
  assert.equal(scheduled.KeyState, "PendingDeletion");
  const { KeyMetadata } = await kms.describeKey({ KeyId });
  assert.equal(KeyMetadata?.KeyState, "PendingDeletion");
  await kms.cancelKeyDeletion({ KeyId });
  await connectStore(kms, storeId);
  const after = await kms.describeKey({ KeyId });
  assert.equal(after.KeyMetadata?.KeyState, "Disabled");
});
