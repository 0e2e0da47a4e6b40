import { required, structure } from "../../../shape/shape.ts";
import { requireRelatedCluster } from "../custom-key-stores/cluster-settings.ts";
import {
  domainOf,
  getStore,
  requireState,
  storeEvidence,
  storesAggregateOf,
  storesOf,
  withStore,
} from "../custom-key-stores/find-store.ts";
import { requireHealthyProxy, requireSoundProxy } from "../custom-key-stores/proxy-settings.ts";
import { requireFreeName, requireFreeProxy } from "../custom-key-stores/uniqueness.ts";
import { changedStore, changesProxy, statesFor } from "../custom-key-stores/update-store.ts";
import * as member from "../model/custom-key-store-members.ts";
import { defineOperation } from "../operation.ts";
import { replaceStores } from "../tables/custom-key-stores.ts";

/** Changes the properties of a custom key store; those that a connection rests on only while there is none. */
export const updateCustomKeyStore = defineOperation({
  name: "UpdateCustomKeyStore",
  readOnly: false,
  input: structure({
    CustomKeyStoreId: required(member.customKeyStoreId),
    NewCustomKeyStoreName: member.customKeyStoreName,
    KeyStorePassword: member.keyStorePassword,
    CloudHsmClusterId: member.clusterId,
    XksProxyUriEndpoint: member.proxyUriEndpoint,
    XksProxyUriPath: member.proxyUriPath,
    XksProxyVpcEndpointServiceName: member.proxyVpcServiceName,
    XksProxyVpcEndpointServiceOwner: member.proxyVpcServiceOwner,
    XksProxyAuthenticationCredential: member.proxyCredential,
    XksProxyConnectivity: member.proxyConnectivity,
  }),
  output: structure({}),
  identity: [{ action: "kms:UpdateCustomKeyStore", resource: () => "*" }],
  keys: {},
  changes: storesAggregateOf,
  audit: {
    unlisted: true,
    request: [
      "CustomKeyStoreId",
      "NewCustomKeyStoreName",
      "CloudHsmClusterId",
      "XksProxyConnectivity",
      "XksProxyUriEndpoint",
      "XksProxyUriPath",
      "XksProxyVpcEndpointServiceName",
      "XksProxyVpcEndpointServiceOwner",
    ],
    renamed: { cloudHsmClusterId: "clusterId" },
  },

  async handle({ input, context, tools }) {
    const list = await storesOf(context, tools);
    const store = getStore(list, input.CustomKeyStoreId);
    const domain = await domainOf(list, tools);
    const next = changedStore(store, input, domain);
    requireState(list, store, statesFor(store, input), tools);
    const others = list.stores.filter((each) => each !== store);
    requireFreeName(next.name, others);
    if (next.type === "AWS_CLOUDHSM")
      requireRelatedCluster(context.account, next.clusterId, next.trustAnchor, tools);
    else if (changesProxy(input)) {
      requireSoundProxy(next.proxy);
      requireFreeProxy(next.proxy, others);
      const caller = { context, operation: "UpdateCustomKeyStore", tools };
      await requireHealthyProxy(domain, next.storeId, next.proxy, caller);
    }
    return {
      output: {},
      change: replaceStores(list, withStore(list, next), domain),
      relied: [list.version],
      evidence: storeEvidence(next),
    };
  },
});
