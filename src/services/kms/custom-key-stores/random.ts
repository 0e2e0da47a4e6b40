import { AwsError } from "../../../base/errors.ts";
import type { VersionRef } from "../../../database/commit.ts";
import { TokenError } from "../../../keystore/pkcs11/token-error.ts";
import type { KeyUse } from "./find-store.ts";
import { getStore, requireState, storesOf } from "./find-store.ts";

/** Random bytes that a cluster draws. Throws UnsupportedOperationException for a store that has no cluster. */
export async function randomFromStore(
  storeId: string,
  length: number,
  { context, tools }: KeyUse,
): Promise<{ readonly bytes: Buffer; readonly relied: readonly VersionRef[] }> {
  const list = await storesOf(context, tools);
  const store = getStore(list, storeId);
  if (store.type !== "AWS_CLOUDHSM")
    throw new AwsError(
      "UnsupportedOperationException",
      "An external key store does not generate random bytes.",
    );
  requireState(list, store, ["CONNECTED"], tools);
  const opened = tools.customKeyStores.opened({ ...list, storeId });
  try {
    if (opened?.type !== "AWS_CLOUDHSM") throw new TokenError("the cluster is not connected");
    return { bytes: await opened.token.randomBytes(length), relied: [list.version] };
  } catch (error) {
    throw error instanceof TokenError ? unreachable(error) : error;
  }
}

function unreachable(cause: TokenError): AwsError {
  return new AwsError(
    "CustomKeyStoreInvalidStateException",
    "KMS cannot communicate with your CloudHSM cluster",
    { cause },
  );
}
