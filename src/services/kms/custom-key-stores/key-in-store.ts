import type { CustomStore, KmsKey } from "../model/key.ts";
import type { KmsTools } from "../operation.ts";

/** A key with what its custom key store tells of it: whether it is connected, and its cluster as of now. */
export function withStoreOf(
  found: KmsKey | Promise<KmsKey>,
  tools: KmsTools,
): KmsKey | Promise<KmsKey> {
  if (found instanceof Promise) return found.then((key) => withStoreOf(key, tools));
  const { customStore } = found;
  return customStore === undefined ? found : placed(found, customStore, tools);
}

async function placed(
  key: KmsKey,
  customStore: CustomStore,
  { customKeyStores }: KmsTools,
): Promise<KmsKey> {
  const list = await customKeyStores.tables.find(key.account, key.region);
  const store = list.stores.find((each) => each.storeId === customStore.storeId);
  if (store === undefined) throw new TypeError(`key ${key.keyId} is in a store that is not there`);
  return {
    ...key,
    customStore: {
      ...customStore,
      ...(store.type === "AWS_CLOUDHSM" ? { clusterId: store.clusterId } : {}),
    },
    connected: customKeyStores.connectionOf(list, store).state === "CONNECTED",
    relied: [list.version],
  };
}
