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

/** Disconnects a custom key store; its keys are unavailable from then on. */
export const disconnectCustomKeyStore = defineOperation({
  name: "DisconnectCustomKeyStore",
  readOnly: false,
  input: structure({ CustomKeyStoreId: required(member.customKeyStoreId) }),
  output: structure({}),
  identity: [{ action: "kms:DisconnectCustomKeyStore", resource: () => "*" }],
  keys: {},
  changes: storesAggregateOf,
  audit: { unlisted: true, request: ["CustomKeyStoreId"] },

  async handle({ input, context, tools }) {
    const list = await storesOf(context, tools);
    const store = getStore(list, input.CustomKeyStoreId);
    requireState(list, store, ["CONNECTED", "CONNECTING", "FAILED"], tools);
    return {
      output: {},
      ...(await wantStore(list, store, "DISCONNECTED", tools)),
      evidence: storeEvidence(store),
    };
  },
});
