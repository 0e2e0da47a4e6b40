import type { CallContext } from "../../../api/context.ts";
import { AwsError } from "../../../base/errors.ts";
import type { Domain } from "../../../keystore/domain.ts";
import type { ConnectionState, CustomKeyStore, StoreList } from "../model/custom-key-store.ts";
import { storesAggregate } from "../model/custom-key-store.ts";
import type { KmsTools } from "../operation.ts";

/** What handlers share: the stores of the caller, one of them, and refusals by the state of its connection. */

/** The stores of the caller's account in the region. */
export function storesOf({ account, region }: CallContext, tools: KmsTools): Promise<StoreList> {
  return tools.customKeyStores.tables.find(account, region);
}

/** The aggregate of the caller's stores. */
export function storesAggregateOf({ account, region }: CallContext): readonly string[] {
  return [storesAggregate(account, region)];
}

/** A store of a list. Throws CustomKeyStoreNotFoundException. */
export function getStore(list: StoreList, storeId: string): CustomKeyStore {
  const store = list.stores.find((each) => each.storeId === storeId);
  if (store !== undefined) return store;
  throw new AwsError(
    "CustomKeyStoreNotFoundException",
    `KMS cannot find a custom key store with the ID ${storeId}.`,
  );
}

/** Refuses a store whose connection is in another state than these. */
export function requireState(
  list: StoreList,
  store: CustomKeyStore,
  allowed: readonly ConnectionState[],
  tools: KmsTools,
): void {
  const { state } = tools.customKeyStores.connectionOf(list, store);
  if (allowed.includes(state)) return;
  throw new AwsError(
    "CustomKeyStoreInvalidStateException",
    `The connection state of the custom key store ${store.storeId} is ${state}, which is not valid for this operation.`,
  );
}

/** The domain of an account that has stores. */
export async function domainOf(
  { account, region }: StoreList,
  { keys }: KmsTools,
): Promise<Domain> {
  const domain = await keys.domains.find(account, region);
  if (domain === undefined) throw new TypeError(`no domain key of ${account} in ${region}`);
  return domain;
}

/** On whose behalf a key or a store is used, and by which operation. */
export interface KeyUse {
  readonly context: CallContext;
  readonly operation: string;
  readonly tools: KmsTools;
}

/** The list with one store in another's place. */
export function withStore(list: StoreList, store: CustomKeyStore): readonly CustomKeyStore[] {
  return list.stores.map((each) => (each.storeId === store.storeId ? store : each));
}

/** The audit record's facts of a store (facts 18.2). */
export function storeEvidence(store: CustomKeyStore) {
  return {
    customKeyStoreId: store.storeId,
    customKeyStoreName: store.name,
    ...(store.type === "AWS_CLOUDHSM" ? { clusterId: store.clusterId } : {}),
  };
}
