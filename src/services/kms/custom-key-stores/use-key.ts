import { AwsError, IntegrityError } from "../../../base/errors.ts";
import type { JsonObject } from "../../../base/json.ts";
import { blobHeaderLength, blobSuites } from "../../../crypto/ciphertext.ts";
import type { EncryptionContext } from "../../../crypto/encryption-context.ts";
import { encodeEncryptionContext } from "../../../crypto/encryption-context.ts";
import { sha256 } from "../../../crypto/hash.ts";
import { TokenError } from "../../../keystore/pkcs11/token-error.ts";
import { decodeOuterLayer, encodeOuterLayer } from "../../../keystore/xks/blob.ts";
import { XksError } from "../../../keystore/xks/failures.ts";
import type { XksKeyCall } from "../../../keystore/xks/proxy.ts";
import type { KmsKey, Material } from "../model/key.ts";
import { currentMaterial } from "../model/key.ts";
import { storedMaterial } from "../model/material.ts";
import type { OpenStore } from "./connection.ts";
import type { KeyUse } from "./find-store.ts";

/** Encrypts under a key in a custom key store. Throws KMSInvalidStateException for every failure of the store (facts 10.8). */
export function encryptInStore(
  key: KmsKey,
  plaintext: Uint8Array,
  context: EncryptionContext | undefined,
  use: KeyUse,
): Promise<Buffer> {
  const material = currentMaterial(key);
  return explaining(async () => {
    const store = openedStore(key, use);
    if (store.type === "AWS_CLOUDHSM")
      return store.keys.encrypt({ ...key, ...material }, plaintext, context);
    const inner = use.tools.keyStore.encrypt(
      storedMaterial(key, material),
      plaintext,
      context,
      blobSuites.external,
    );
    const header = inner.subarray(0, blobHeaderLength);
    const layer = inner.subarray(blobHeaderLength);
    const sealed = await store.proxy.encrypt(
      externalKeyOf(key),
      callOf(key, use),
      layer,
      outerBound(header, context),
    );
    return Buffer.concat([header, encodeOuterLayer(sealed)]);
  });
}

/** Decrypts what `encryptInStore` made with a material. Throws InvalidCiphertextException, or as it does. */
export function decryptInStore(
  key: KmsKey,
  material: Material,
  blob: Uint8Array,
  context: EncryptionContext | undefined,
  use: KeyUse,
): Promise<Buffer> {
  return explaining(async () => {
    const store = openedStore(key, use);
    if (store.type === "AWS_CLOUDHSM") {
      const opened = await store.keys.decrypt({ ...key, ...material }, blob, context);
      if (opened === undefined) throw new AwsError("InvalidCiphertextException");
      return opened;
    }
    const header = blob.subarray(0, blobHeaderLength);
    const sealed = decodeOuterLayer(blob.subarray(blobHeaderLength));
    if (sealed === undefined) throw new AwsError("InvalidCiphertextException");
    const layer = await store.proxy.decrypt(
      externalKeyOf(key),
      callOf(key, use),
      sealed,
      outerBound(header, context),
    );
    const inner = Buffer.concat([header, layer]);
    const plaintext = use.tools.keyStore.decrypt(storedMaterial(key, material), inner, context);
    if (plaintext === undefined) throw unavailable(wrongInnerLayer);
    return plaintext;
  });
}

/** What the audit record tells of the use of a key in a custom key store (facts 18.3). */
export function evidenceOfStore({ customStore }: KmsKey): JsonObject {
  if (customStore === undefined) return {};
  const { storeId, xksKeyId } = customStore;
  return { customKeyStoreId: storeId, ...(xksKeyId === undefined ? {} : { xksKeyId }) };
}

const wrongInnerLayer =
  "The ciphertext that the external key store proxy submitted for decryption, or the encryption context, is corrupted, missing, or otherwise invalid.";
const notConnected = {
  AWS_CLOUDHSM: "KMS cannot communicate with your CloudHSM cluster",
  EXTERNAL_KEY_STORE:
    "This KMS key is in a custom key store that is not connected to its external key store proxy. Connect the external key store and try the request again.",
} as const;

/** The outer layer binds the inner one's header and, by its digest, the encryption context. */
function outerBound(header: Uint8Array, context: EncryptionContext | undefined): Buffer {
  return Buffer.concat([header, sha256(encodeEncryptionContext(context))]);
}

function openedStore(key: KmsKey, { tools }: KeyUse): OpenStore {
  const { account, region, customStore } = key;
  const storeId = customStore?.storeId ?? "";
  const opened = tools.customKeyStores.opened({ account, region, storeId });
  if (opened !== undefined) return opened;
  throw unavailable(
    notConnected[key.origin === "AWS_CLOUDHSM" ? "AWS_CLOUDHSM" : "EXTERNAL_KEY_STORE"],
  );
}

function externalKeyOf({ customStore, keyId }: KmsKey): string {
  if (customStore?.xksKeyId === undefined)
    throw new IntegrityError(`key ${keyId} has no external key`);
  return customStore.xksKeyId;
}

/** What the proxy is told of the call. */
function callOf(key: KmsKey, { context, operation }: KeyUse): XksKeyCall {
  return {
    requestId: context.requestId,
    operation,
    principalArn: context.caller.principal.arn,
    keyArn: key.arn,
    viaService: context.via?.split(".")[0],
  };
}

/** Failures of tokens and proxies in AWS's words; what a token said stays with the operator. */
async function explaining<T>(work: () => Promise<T>): Promise<T> {
  try {
    return await work();
  } catch (cause) {
    if (cause instanceof XksError) throw unavailable(cause.message, { cause });
    if (cause instanceof TokenError) throw unavailable(notConnected.AWS_CLOUDHSM, { cause });
    throw cause;
  }
}

function unavailable(message: string, options?: ErrorOptions): AwsError {
  return new AwsError("KMSInvalidStateException", message, options);
}
