import * as assert from "node:assert/strict";
import { after, test } from "node:test";
import { proveRecord } from "../conformance/audit-support.ts";
import {
  account,
  answer,
  connect,
  createKey,
  day,
  openServer,
  refused,
} from "../conformance/support.ts";
import { makeAuthority } from "../support/authority.ts";
import { foreignTokenUser } from "../support/foreign-token-user.ts";
import { softHsm } from "../support/softhsm.ts";
import {
  clusterFlags,
  connectStore,
  createStore,
  describe,
  disconnectStore,
  password,
  untilState,
} from "./stores.ts";

const hsm = softHsm();
hsm.addToken("first", password);
const owner = await foreignTokenUser(hsm.module, "first", password);
const authority = makeAuthority();
const clusterId = "cluster-2345672345a";
const clusters = clusterFlags(hsm, [
  { id: clusterId, token: "first", certificateFile: authority.certificateFile },
]);
const server = await openServer(undefined, clusters.flags);
const kms = connect(server);
after(() => {
  hsm.remove();
  clusters.remove();
  authority.remove();
});

const storeId = await createStore(kms, {
  CustomKeyStoreName: "hsm",
  CloudHsmClusterId: clusterId,
  TrustAnchorCertificate: authority.certificate,
  KeyStorePassword: password,
});
const inStore = { Origin: "AWS_CLOUDHSM", CustomKeyStoreId: storeId } as const;
const context = { purpose: "test" };
const Plaintext = Buffer.from("a secret");

test("a key is created in a connected store only, with its material in the token", async () => {
  await refused(
    kms.createKey(inStore),
    "CustomKeyStoreInvalidStateException",
    /is DISCONNECTED, which is not valid for this operation/,
  );
  await connectStore(kms, storeId);
  const { KeyMetadata } = await kms.createKey(inStore);
  assert.deepEqual(
    [
      KeyMetadata?.Origin,
      KeyMetadata?.CustomKeyStoreId,
      KeyMetadata?.CloudHsmClusterId,
      KeyMetadata?.KeyState,
      KeyMetadata?.CurrentKeyMaterialId,
      KeyMetadata?.XksKeyConfiguration,
    ],
    ["AWS_CLOUDHSM", storeId, clusterId, "Enabled", undefined, undefined],
  );
  const sensitive = 0x11;
  assert.equal(
    owner.readOut(`keywright/${account}/us-east-1/${KeyMetadata?.KeyId}`).value,
    sensitive,
  );
});

test("what a key in a token encrypts it decrypts, for its context and its own blobs only", async () => {
  const key = await createKey(kms, inStore);
  const other = await createKey(kms, inStore);
  const encrypted = await answer(
    kms.encrypt({ KeyId: key.id, Plaintext, EncryptionContext: context }),
  );
  const CiphertextBlob = Buffer.from(encrypted.CiphertextBlob ?? []);
  assert.deepEqual(Object.keys(encrypted).toSorted(), [
    "CiphertextBlob",
    "EncryptionAlgorithm",
    "KeyId",
  ]);
  const decrypted = await answer(kms.decrypt({ CiphertextBlob, EncryptionContext: context }));
  assert.deepEqual(decrypted, {
    KeyId: key.arn,
    Plaintext: new Uint8Array(Plaintext),
    EncryptionAlgorithm: "SYMMETRIC_DEFAULT",
  });
  await refused(kms.decrypt({ CiphertextBlob }), "InvalidCiphertextException");
  await refused(
    kms.decrypt({ CiphertextBlob, EncryptionContext: context, KeyId: other.id }),
    "IncorrectKeyException",
    /./,
  );
  for (const at of [1, 2, 20, 40, 70, 101, CiphertextBlob.length - 1]) {
    const damaged = Buffer.from(CiphertextBlob);
    damaged[at] = (damaged[at] ?? 0) ^ 1;
    await refused(
      kms.decrypt({ CiphertextBlob: damaged, EncryptionContext: context, KeyId: key.id }),
      "InvalidCiphertextException",
    );
  }
});

test("data keys and re-encryption work across stores and keys of ours", async () => {
  const key = await createKey(kms, inStore);
  const own = await createKey(kms);
  const made = await kms.generateDataKey({ KeyId: key.id, KeySpec: "AES_256" });
  assert.equal(made.Plaintext?.length, 32);
  assert.equal(made.KeyMaterialId, undefined);
  const hidden = await kms.generateDataKeyWithoutPlaintext({ KeyId: key.id, NumberOfBytes: 16 });
  assert.equal(
    (await kms.decrypt({ CiphertextBlob: hidden.CiphertextBlob })).Plaintext?.length,
    16,
  );
  const moved = await answer(
    kms.reEncrypt({ CiphertextBlob: made.CiphertextBlob, DestinationKeyId: own.id }),
  );
  assert.equal(moved.SourceKeyMaterialId, undefined);
  assert.equal(moved.DestinationKeyMaterialId, own.material);
  const back = await kms.reEncrypt({
    CiphertextBlob: moved.CiphertextBlob,
    DestinationKeyId: key.id,
  });
  const opened = await kms.decrypt({ CiphertextBlob: back.CiphertextBlob, KeyId: key.id });
  assert.deepEqual(opened.Plaintext, made.Plaintext);
});

test("what such keys cannot do is refused", async () => {
  const { id, arn } = await createKey(kms, inStore);
  const origin = `${arn} origin is AWS_CLOUDHSM which is not valid for this operation.`;
  const unsupported = "UnsupportedOperationException";
  await refused(kms.enableKeyRotation({ KeyId: id }), unsupported, origin);
  await refused(kms.rotateKeyOnDemand({ KeyId: id }), unsupported, origin);
  await refused(kms.listKeyRotations({ KeyId: id }), unsupported, origin);
  const wrapping = {
    KeyId: id,
    WrappingAlgorithm: "RSAES_OAEP_SHA_256",
    WrappingKeySpec: "RSA_2048",
  } as const;
  await refused(kms.getParametersForImport(wrapping), unsupported, origin);
  await refused(
    kms.generateDataKeyPair({ KeyId: id, KeyPairSpec: "ECC_NIST_P256" }),
    unsupported,
    /./,
  );
  await refused(kms.createKey({ ...inStore, MultiRegion: true }), unsupported, /./);
  for (const wrong of [
    { Origin: "AWS_CLOUDHSM" },
    { CustomKeyStoreId: storeId },
    { ...inStore, KeySpec: "HMAC_256", KeyUsage: "GENERATE_VERIFY_MAC" },
    { ...inStore, XksKeyId: "key-1" },
    { ...inStore, Origin: "EXTERNAL_KEY_STORE", XksKeyId: "key-1" },
  ] as const)
    await refused(kms.createKey(wrong), "ValidationException", /./);
  await refused(
    kms.createKey({ ...inStore, CustomKeyStoreId: "cks-00000000000000000" }),
    "CustomKeyStoreNotFoundException",
    /./,
  );
});

test("random bytes come from the token of a connected store", async () => {
  const call = { NumberOfBytes: 1024, CustomKeyStoreId: storeId };
  const [one, two] = [await kms.generateRandom(call), await kms.generateRandom(call)];
  assert.equal(one.Plaintext?.length, 1024);
  assert.notDeepEqual(one.Plaintext, two.Plaintext);
  await proveRecord(server, "GenerateRandom", {
    request: null,
    evidence: { customKeyStoreId: storeId },
    resources: [],
    readOnly: true,
  });
  await refused(
    kms.generateRandom({ ...call, CustomKeyStoreId: "cks-none" }),
    "CustomKeyStoreNotFoundException",
    /./,
  );
});

test("without its store a key is unavailable, and what it was comes back with the store", async () => {
  const enabled = await createKey(kms, inStore);
  const disabled = await createKey(kms, inStore);
  const pending = await createKey(kms, inStore);
  const { CiphertextBlob } = await kms.encrypt({ KeyId: enabled.id, Plaintext });
  await kms.disableKey({ KeyId: disabled.id });
  await kms.scheduleKeyDeletion({ KeyId: pending.id });
  const states = async () =>
    Promise.all(
      [enabled, disabled, pending].map(async ({ id }) => {
        const { KeyMetadata } = await kms.describeKey({ KeyId: id });
        return `${KeyMetadata?.KeyState} ${KeyMetadata?.Enabled}`;
      }),
    );
  await disconnectStore(kms, storeId);
  assert.deepEqual(await states(), [
    "Unavailable false",
    "Unavailable false",
    "PendingDeletion false",
  ]);
  const unavailable = ["KMSInvalidStateException", `${enabled.arn} is unavailable.`] as const;
  await refused(kms.encrypt({ KeyId: enabled.id, Plaintext }), ...unavailable);
  await refused(kms.decrypt({ CiphertextBlob }), ...unavailable);
  await refused(kms.generateDataKey({ KeyId: enabled.id, KeySpec: "AES_256" }), ...unavailable);
  await refused(
    kms.generateRandom({ NumberOfBytes: 8, CustomKeyStoreId: storeId }),
    "CustomKeyStoreInvalidStateException",
    /./,
  );
  // These take effect with the store's return.
  await kms.disableKey({ KeyId: enabled.id });
  await kms.enableKey({ KeyId: disabled.id });
  await connectStore(kms, storeId);
  assert.deepEqual(await states(), ["Disabled false", "Enabled true", "PendingDeletion false"]);
  await kms.enableKey({ KeyId: enabled.id });
  assert.deepEqual((await kms.decrypt({ CiphertextBlob })).Plaintext, new Uint8Array(Plaintext));
});

test("a store that was connected is connected again after a restart, one that was not is not", async () => {
  const key = await createKey(kms, inStore);
  const { CiphertextBlob } = await kms.encrypt({ KeyId: key.id, Plaintext });
  await server.restart();
  const again = connect(server);
  await untilState(again, storeId, "CONNECTED");
  assert.deepEqual((await again.decrypt({ CiphertextBlob })).Plaintext, new Uint8Array(Plaintext));
  await disconnectStore(again, storeId);
  await server.restart();
  const third = connect(server);
  assert.equal((await describe(third, storeId)).ConnectionState, "DISCONNECTED");
  await connectStore(third, storeId);
});

test("the end of a key's waiting period destroys its material in the token", async () => {
  const now = connect(server);
  const key = await createKey(now, inStore);
  const label = `keywright/${account}/us-east-1/${key.id}`;
  assert.equal(owner.has(label), true);
  await now.scheduleKeyDeletion({ KeyId: key.id, PendingWindowInDays: 7 });
  server.clock.offset += 8 * day;
  await server.sweep();
  assert.equal(owner.has(label), false);
});
