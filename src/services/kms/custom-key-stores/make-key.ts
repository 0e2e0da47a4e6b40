import { AwsError } from "../../../base/errors.ts";
import type { JsonObject } from "../../../base/json.ts";
import type { VersionRef } from "../../../database/commit.ts";
import { TokenError } from "../../../keystore/pkcs11/token-error.ts";
import type { XksKeyMetadata } from "../../../keystore/xks/answers.ts";
import { XksError, xksFailures } from "../../../keystore/xks/failures.ts";
import type { CustomKeyStore } from "../model/custom-key-store.ts";
import type { CustomStore, KmsKey, Material } from "../model/key.ts";
import { firstMaterial } from "../model/material.ts";
import { usesExternalKey } from "../tables/listings.ts";
import type { OpenStore } from "./connection.ts";
import type { KeyUse } from "./find-store.ts";
import { getStore, requireState, storesOf } from "./find-store.ts";

/** A store in which a key can be made now. */
export interface StoreForKey {
  readonly store: CustomKeyStore;
  readonly opened: OpenStore;
  readonly relied: readonly VersionRef[];
}

/** The store of a new key. Throws CustomKeyStoreNotFoundException, or CustomKeyStoreInvalidStateException unless it is connected. */
export async function storeForKey(
  { storeId, xksKeyId }: CustomStore,
  { context, tools }: KeyUse,
): Promise<StoreForKey> {
  const list = await storesOf(context, tools);
  const store = getStore(list, storeId);
  const wanted = xksKeyId === undefined ? "AWS_CLOUDHSM" : "EXTERNAL_KEY_STORE";
  if (store.type !== wanted)
    throw new AwsError(
      "ValidationException",
      `The custom key store ${storeId} is of type ${store.type}, which is not valid for Origin ${wanted}.`,
    );
  requireState(list, store, ["CONNECTED"], tools);
  const opened = tools.customKeyStores.opened({ ...list, storeId });
  if (opened === undefined) throw invalidState("The custom key store is not connected.");
  return { store, opened, relied: [list.version] };
}

/** The first material of a key: made in the token, or of our own in front of an external key that proves fit for it. */
export async function makeInStore(
  key: KmsKey,
  { opened, store }: StoreForKey,
  use: KeyUse,
): Promise<{ readonly material: Material; readonly evidence: JsonObject }> {
  if (opened.type === "AWS_CLOUDHSM") {
    const { materialId, handle } = await opened.keys.generate(key).catch(refuseToken);
    return {
      material: { materialId, generation: 0, createdAt: key.createdAt },
      evidence: {
        customKeyStoreId: store.storeId,
        backingKey: JSON.stringify({ keyHandle: handle, backingKeyId: materialId }),
      },
    };
  }
  const { tools, context, operation } = use;
  const { xksKeyId = "" } = key.customStore ?? {};
  if (key.customStore && (await usesExternalKey(tools.keys.reader, key, key.customStore)))
    throw new AwsError(
      "XksKeyAlreadyInUseException",
      `The external key ${xksKeyId} is already associated with another KMS key in this external key store.`,
    );
  const principalArn = context.caller.principal.arn;
  const call = { requestId: context.requestId, operation, principalArn };
  requireFit(await opened.proxy.metadata(xksKeyId, call).catch(refuseProxy));
  const made = await tools.keyStore.generate(key.domain, key.keyId, key.spec);
  return {
    material: firstMaterial(made, key.createdAt),
    evidence: { customKeyStoreId: store.storeId, xksKeyId },
  };
}

/** An external key has to be AES-256, enabled, and for encryption and decryption (facts 10.8). */
function requireFit({ keySpec, keyStatus, keyUsage }: XksKeyMetadata): void {
  const refuse = (message: string): never => {
    throw new AwsError("XksKeyInvalidConfigurationException", message);
  };
  if (keySpec !== "AES_256")
    refuse(
      `The key spec of the external key must be AES_256. The key spec of specified external key is ${shown(keySpec)}.`,
    );
  if (keyStatus !== "ENABLED")
    refuse(
      `The status of the external key must be ENABLED. The status of specified external key is ${shown(keyStatus)}.`,
    );
  if (!keyUsage.includes("ENCRYPT") || !keyUsage.includes("DECRYPT"))
    refuse(
      `The key usage of the external key must include ENCRYPT and DECRYPT. The key use of specified external key is ${shown(keyUsage.join(", "))}.`,
    );
}

/** A proxy's words as far as they are plain ones. */
function shown(text: string): string {
  return /^[\w, ]{1,256}$/.test(text) ? text : "unknown";
}

function refuseProxy(cause: unknown): never {
  if (!(cause instanceof XksError)) throw cause;
  const message =
    cause.failure === "KeyNotFoundException"
      ? "The external key store proxy rejected the request because it could not find the external key."
      : cause.message;
  throw new AwsError(xksFailures[cause.failure].createKey, message, { cause });
}

function refuseToken(cause: unknown): never {
  if (!(cause instanceof TokenError)) throw cause;
  throw invalidState("KMS cannot communicate with your CloudHSM cluster", { cause });
}

function invalidState(message: string, options?: ErrorOptions): AwsError {
  return new AwsError("CustomKeyStoreInvalidStateException", message, options);
}
