import type { KmsKey } from "../model/key.ts";
import type { KmsTools } from "../operation.ts";

/** A key with what its custom key store tells of it: whether it is connected, and its cluster as of now. */
export async function withStoreOf(
  found: KmsKey | Promise<KmsKey>,
  { customKeyStores }: KmsTools,
): Promise<KmsKey> {
  const key = await found;
  if (key.customStore === undefined) return key;
  const list = await customKeyStores.tables.find(key.account, key.region);
  const store = list.stores.find((each) => each.storeId === key.customStore?.storeId);
  if (store === undefined) throw new TypeError(`key ${key.keyId} is in a store that is not there`);
  return {
    ...key,
    customStore: {
      ...key.customStore,
      ...(store.type === "AWS_CLOUDHSM" ? { clusterId: store.clusterId } : {}),
    },
    connected: customKeyStores.connectionOf(list, store).state === "CONNECTED",
    relied: [list.version],
  };
}
