import { AwsError } from "../../../base/errors.ts";
import { required, structure } from "../../../shape/shape.ts";
import {
  domainOf,
  getStore,
  requireState,
  storeEvidence,
  storesAggregateOf,
  storesOf,
} from "../custom-key-stores/find-store.ts";
import * as member from "../model/custom-key-store-members.ts";
import { defineOperation } from "../operation.ts";
import { replaceStores } from "../tables/custom-key-stores.ts";
import { hasKeysInStore } from "../tables/listings.ts";

/** Deletes a custom key store that is disconnected and holds no keys; token and external key manager stay as they are. */
export const deleteCustomKeyStore = defineOperation({
  name: "DeleteCustomKeyStore",
  readOnly: false,
  input: structure({ CustomKeyStoreId: required(member.customKeyStoreId) }),
  output: structure({}),
  identity: [{ action: "kms:DeleteCustomKeyStore", resource: () => "*" }],
  keys: {},
  changes: storesAggregateOf,
  audit: { unlisted: true, request: ["CustomKeyStoreId"] },

  async handle({ input, context, tools }) {
    const list = await storesOf(context, tools);
    const store = getStore(list, input.CustomKeyStoreId);
    if (await hasKeysInStore(tools.keys.reader, list, store.storeId))
      throw new AwsError(
        "CustomKeyStoreHasCMKsException",
        `The custom key store ${store.storeId} contains KMS keys.`,
      );
    requireState(list, store, ["DISCONNECTED"], tools);
    const others = list.stores.filter((each) => each !== store);
    return {
      output: {},
      change: replaceStores(list, others, await domainOf(list, tools)),
      relied: [list.version],
      evidence: storeEvidence(store),
    };
  },
});
