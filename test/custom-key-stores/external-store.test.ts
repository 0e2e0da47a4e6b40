import * as assert from "node:assert/strict";
import { after, afterEach, test } from "node:test";
import { blobSuites, decodeBlobHeader, encodeBlobHeader } from "../../src/crypto/ciphertext.ts";
import { encodeEncryptionContext } from "../../src/crypto/encryption-context.ts";
import { sha256 } from "../../src/crypto/hash.ts";
import { proveRecord } from "../conformance/audit-support.ts";
import {
  account,
  answer,
  connect,
  createKey,
  openServer,
  refused,
} from "../conformance/support.ts";
import { makeAuthority } from "../support/authority.ts";
import type { Json } from "../support/xks-proxy.ts";
import { startXksProxy } from "../support/xks-proxy.ts";
import { connectStore, createStore, disconnectStore, externalStore, proxyFlags } from "./stores.ts";

const authority = makeAuthority();
const proxy = await startXksProxy(authority);
const server = await openServer(undefined, proxyFlags([proxy], authority));
const kms = connect(server);
const storeId = await createStore(kms, externalStore(proxy));
await connectStore(kms, storeId);
after(async () => {
  await proxy.close();
  authority.remove();
});
afterEach(() => {
  proxy.fault = undefined;
  proxy.metadataLength = 0;
});

let made = 0;
/** A KMS key over a new external key. */
async function newKey() {
  const XksKeyId = `external-${made++}`;
  const external = proxy.addKey(XksKeyId);
  const key = await createKey(kms, {
    Origin: "EXTERNAL_KEY_STORE",
    CustomKeyStoreId: storeId,
    XksKeyId,
  });
  return { ...key, XksKeyId, external };
}

const Plaintext = Buffer.from("a secret");
const context = { purpose: "test", "": "empty" };
const asked = (action: string) => proxy.asked.filter(({ path }) => path.endsWith(`/${action}`));
const lastAsked = (action: string): Json => asked(action).at(-1)?.body ?? {};
const bytesOf = (body: Json, name: string) => Buffer.from(String(body[name]), "base64");

test("a key stands for an external key that is there, enabled, AES-256, and encrypts and decrypts", async () => {
  const { id, XksKeyId } = await newKey();
  const { KeyMetadata } = await kms.describeKey({ KeyId: id });
  assert.deepEqual(
    [KeyMetadata?.Origin, KeyMetadata?.XksKeyConfiguration, KeyMetadata?.CurrentKeyMaterialId],
    ["EXTERNAL_KEY_STORE", { Id: XksKeyId }, undefined],
  );
  const request = (XksKeyId: string) =>
    kms.createKey({ Origin: "EXTERNAL_KEY_STORE", CustomKeyStoreId: storeId, XksKeyId });
  await refused(
    request("absent"),
    "XksKeyNotFoundException",
    "The external key store proxy rejected the request because it could not find the external key.",
  );
  await refused(request(XksKeyId), "XksKeyAlreadyInUseException", /already associated/);
  const wrong = "XksKeyInvalidConfigurationException";
  const unfit = proxy.addKey("unfit");
  unfit.keySpec = "AES_128";
  await refused(
    request("unfit"),
    wrong,
    "The key spec of the external key must be AES_256. The key spec of specified external key is AES_128.",
  );
  Object.assign(unfit, { keySpec: "AES_256", keyStatus: "DISABLED" });
  await refused(
    request("unfit"),
    wrong,
    "The status of the external key must be ENABLED. The status of specified external key is DISABLED.",
  );
  Object.assign(unfit, { keyStatus: "ENABLED", keyUsage: ["ENCRYPT", "SIGN"] });
  await refused(
    request("unfit"),
    wrong,
    "The key usage of the external key must include ENCRYPT and DECRYPT. The key use of specified external key is ENCRYPT, SIGN.",
  );
});

test("two calls at once for one external key make one key", async () => {
  proxy.addKey("contested");
  const request = { Origin: "EXTERNAL_KEY_STORE", CustomKeyStoreId: storeId } as const;
  const results = await Promise.allSettled(
    Array.from({ length: 4 }, () => kms.createKey({ ...request, XksKeyId: "contested" })),
  );
  const refusals = results.filter((each) => each.status === "rejected");
  assert.deepEqual(
    refusals.map(({ reason }) => (reason instanceof Error ? reason.name : "")),
    Array.from({ length: 3 }, () => "XksKeyAlreadyInUseException"),
  );
});

test("a message is encrypted twice: the proxy sees the inner layer, never the plaintext, and both are needed", async () => {
  const { id, arn } = await newKey();
  for (proxy.metadataLength of [0, 20]) {
    const encrypted = await answer(
      kms.encrypt({ KeyId: id, Plaintext, EncryptionContext: context }),
    );
    const layer = bytesOf(lastAsked("encrypt"), "plaintext");
    assert.equal(layer.length, Plaintext.length + 48);
    assert.ok(!layer.includes(Plaintext));
    const { CiphertextBlob = new Uint8Array() } = encrypted;
    const bound = sha256(encodeEncryptionContext(context));
    assert.deepEqual(
      bytesOf(lastAsked("encrypt"), "additionalAuthenticatedData"),
      Buffer.concat([CiphertextBlob.subarray(0, 68), bound]),
    );
    assert.deepEqual(await answer(kms.decrypt({ CiphertextBlob, EncryptionContext: context })), {
      KeyId: arn,
      Plaintext: new Uint8Array(Plaintext),
      EncryptionAlgorithm: "SYMMETRIC_DEFAULT",
    });
  }
});

test("the longest plaintext and context fit into what the proxy takes", async () => {
  const { id } = await newKey();
  proxy.metadataLength = 20;
  const long = Buffer.alloc(4096, 1);
  const EncryptionContext = { name: "v".repeat(8000) };
  const { CiphertextBlob } = await kms.encrypt({ KeyId: id, Plaintext: long, EncryptionContext });
  assert.ok(bytesOf(lastAsked("encrypt"), "plaintext").length <= 4300);
  assert.ok(bytesOf(lastAsked("encrypt"), "additionalAuthenticatedData").length <= 8192);
  assert.ok((CiphertextBlob?.length ?? 0) <= 6144);
  const { Plaintext: opened } = await kms.decrypt({ CiphertextBlob, EncryptionContext });
  assert.deepEqual(opened, new Uint8Array(long));
});

test("the inner layer is no blob: what passes by the proxy does not open", async () => {
  const { id } = await newKey();
  const { CiphertextBlob } = await kms.encrypt({ KeyId: id, Plaintext });
  const blob = Buffer.from(CiphertextBlob ?? []);
  const layer = bytesOf(lastAsked("encrypt"), "plaintext");
  for (const suite of Object.values(blobSuites)) {
    const { materialPrefix = "" } = decodeBlobHeader(blob) ?? {};
    const header = encodeBlobHeader(id, materialPrefix, blob.subarray(36, 68), suite);
    const forged = Buffer.concat([header, layer]);
    // As a blob of its own suite it may be well-formed by chance; then the proxy refuses it.
    await assert.rejects(kms.decrypt({ CiphertextBlob: forged }), (error: Error) =>
      error.name === "KMSInvalidStateException"
        ? suite === blobSuites.external
        : error.name === "InvalidCiphertextException",
    );
  }
});

test("a second key over the same external key, in another store, opens nothing of the first", async () => {
  const first = await newKey();
  const { CiphertextBlob } = await kms.encrypt({ KeyId: first.id, Plaintext });
  const west = connect(server, "admin", "us-west-2");
  const other = await createStore(west, externalStore(proxy));
  await connectStore(west, other);
  const second = await createKey(west, {
    Origin: "EXTERNAL_KEY_STORE",
    CustomKeyStoreId: other,
    XksKeyId: first.XksKeyId,
  });
  await refused(west.decrypt({ CiphertextBlob, KeyId: second.id }), "IncorrectKeyException", /./);
});

test("the proxy is told the caller, the key, the request and the operation", async () => {
  const { id, arn } = await newKey();
  const { CiphertextBlob } = await kms.generateDataKey({ KeyId: id, KeySpec: "AES_256" });
  const reEncrypted = await kms.reEncrypt({ CiphertextBlob, DestinationKeyId: id });
  const requestId = reEncrypted.$metadata.requestId;
  const principal = {
    awsPrincipalArn: `arn:aws:iam::${account}:user/admin`,
    kmsKeyArn: arn,
    kmsRequestId: requestId,
  };
  assert.deepEqual(lastAsked("decrypt")["requestMetadata"], {
    ...principal,
    kmsOperation: "ReEncrypt",
  });
  assert.deepEqual(lastAsked("encrypt")["requestMetadata"], {
    ...principal,
    kmsOperation: "ReEncrypt",
  });
  const before = asked("encrypt").at(-2)?.body["requestMetadata"];
  assert.equal((before as Json)["kmsOperation"], "GenerateDataKey");
});

test("the audit record names the store and the external key", async () => {
  const { id, arn, XksKeyId } = await newKey();
  await kms.encrypt({ KeyId: id, Plaintext });
  await proveRecord(server, "Encrypt", {
    request: { keyId: id, encryptionAlgorithm: "SYMMETRIC_DEFAULT" },
    evidence: { customKeyStoreId: storeId, xksKeyId: XksKeyId },
    resources: [arn],
    readOnly: true,
  });
});

test("every failure of the proxy is KMSInvalidStateException, told apart by its text", async () => {
  const { id } = await newKey();
  const { CiphertextBlob } = await kms.encrypt({ KeyId: id, Plaintext });
  const failures = [
    ["ValidationException", 400, /^AWS KMS cannot interpret the response/],
    ["InvalidStateException", 400, /is not enabled in the external key manager/],
    [
      "InvalidCiphertextException",
      400,
      /the specified ciphertext or encryption context is corrupted/,
    ],
    [
      "InvalidKeyUsageException",
      400,
      /does not support the requested operation. Enable the operation/,
    ],
    ["AuthenticationFailedException", 401, /could not authenticate AWS KMS/],
    ["AccessDeniedException", 403, /denied access to the operation/],
    ["KeyNotFoundException", 404, /was not found in its external key manager/],
    ["InvalidUriPathException", 404, /because of an invalid URI path/],
    ["ThrottlingException", 429, /due to a very high request rate/],
    [
      "UnsupportedOperationException",
      501,
      /it does not support the requested operation. If you see/,
    ],
    ["DependencyTimeoutException", 503, /did not respond to the request in the time allotted/],
    ["InternalException", 500, /cannot communicate with the external key manager/],
  ] as const;
  for (const [errorName, status, message] of failures) {
    proxy.fault = { kind: "error", errorName, status };
    await refused(kms.encrypt({ KeyId: id, Plaintext }), "KMSInvalidStateException", message);
    await refused(kms.decrypt({ CiphertextBlob }), "KMSInvalidStateException", message);
  }
  proxy.fault = { kind: "reset" };
  await refused(
    kms.encrypt({ KeyId: id, Plaintext }),
    "KMSInvalidStateException",
    /^AWS KMS cannot communicate with the external key store proxy/,
  );
  proxy.fault = undefined;
  await kms.decrypt({ CiphertextBlob });
});

test("an external key that is disabled stops every use, and a wrong context shows at the proxy", async () => {
  const { id, external } = await newKey();
  const { CiphertextBlob } = await kms.encrypt({ KeyId: id, Plaintext });
  await refused(
    kms.decrypt({ CiphertextBlob, EncryptionContext: context }),
    "KMSInvalidStateException",
    /ciphertext or encryption context is corrupted/,
  );
  external.keyStatus = "DISABLED";
  await refused(kms.decrypt({ CiphertextBlob }), "KMSInvalidStateException", /is not enabled/);
  external.keyStatus = "ENABLED";
  await kms.decrypt({ CiphertextBlob });
});

test("a proxy that decrypts to something else is found out by the inner layer", async () => {
  const { id } = await newKey();
  const { CiphertextBlob } = await kms.encrypt({ KeyId: id, Plaintext });
  proxy.fault = {
    kind: "change",
    change: ({ plaintext }) => {
      const bytes = Buffer.from(String(plaintext), "base64");
      bytes[40] = (bytes[40] ?? 0) ^ 1;
      return { plaintext: bytes.toString("base64") };
    },
  };
  await refused(
    kms.decrypt({ CiphertextBlob }),
    "KMSInvalidStateException",
    "The ciphertext that the external key store proxy submitted for decryption, or the encryption context, is corrupted, missing, or otherwise invalid.",
  );
});

test("a damaged blob is refused, whatever bit it is", async () => {
  const { id } = await newKey();
  const { CiphertextBlob = new Uint8Array() } = await kms.encrypt({ KeyId: id, Plaintext });
  for (let at = 0; at < CiphertextBlob.length; at += 7) {
    const damaged = Buffer.from(CiphertextBlob);
    damaged[at] = (damaged[at] ?? 0) ^ 0x10;
    const call = kms.decrypt({ CiphertextBlob: damaged, KeyId: id });
    await assert.rejects(call, (error: Error) =>
      ["InvalidCiphertextException", "KMSInvalidStateException"].includes(error.name),
    );
  }
  for (const length of [69, 80, 98, 99, 110]) {
    const cut = CiphertextBlob.subarray(0, length);
    await refused(kms.decrypt({ CiphertextBlob: cut, KeyId: id }), "InvalidCiphertextException");
  }
});

test("disconnected, the store's keys are unavailable; random bytes it never gives", async () => {
  const { id, arn } = await newKey();
  await refused(
    kms.generateRandom({ NumberOfBytes: 8, CustomKeyStoreId: storeId }),
    "UnsupportedOperationException",
    /./,
  );
  await disconnectStore(kms, storeId);
  await refused(
    kms.encrypt({ KeyId: id, Plaintext }),
    "KMSInvalidStateException",
    `${arn} is unavailable.`,
  );
  await connectStore(kms, storeId);
  await kms.encrypt({ KeyId: id, Plaintext });
});
