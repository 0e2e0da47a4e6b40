import { required, structure } from "../../../shape/shape.ts";
import {
  getStore,
  requireState,
  storeEvidence,
  storesAggregateOf,
  storesOf,
} from "../custom-key-stores/find-store.ts";
import { wantStore } from "../custom-key-stores/want-store.ts";
import * as member from "../model/custom-key-store-members.ts";
import { defineOperation } from "../operation.ts";

/** Begins to connect a custom key store; DescribeCustomKeyStores tells what came of it. */
export const connectCustomKeyStore = defineOperation({
  name: "ConnectCustomKeyStore",
  readOnly: false,
  input: structure({ CustomKeyStoreId: required(member.customKeyStoreId) }),
  output: structure({}),
  identity: [{ action: "kms:ConnectCustomKeyStore", resource: () => "*" }],
  keys: {},
  changes: storesAggregateOf,
  audit: { unlisted: true, request: ["CustomKeyStoreId"] },

  async handle({ input, context, tools }) {
    const list = await storesOf(context, tools);
    const store = getStore(list, input.CustomKeyStoreId);
    requireState(list, store, ["DISCONNECTED", "CONNECTING", "CONNECTED"], tools);
    return {
      output: {},
      ...(await wantStore(list, store, "CONNECTED", tools)),
      evidence: storeEvidence(store),
    };
  },
});
