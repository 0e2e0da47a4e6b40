import { AwsError } from "../../../base/errors.ts";
import { joinChanges } from "../../../database/commit.ts";
import { required, string, structure } from "../../../shape/shape.ts";
import { requireNewCluster } from "../custom-key-stores/cluster-settings.ts";
import { storesAggregateOf, storesOf } from "../custom-key-stores/find-store.ts";
import { newStore } from "../custom-key-stores/new-store.ts";
import { requireHealthyProxy, requireSoundProxy } from "../custom-key-stores/proxy-settings.ts";
import { requireFreeName, requireFreeProxy } from "../custom-key-stores/uniqueness.ts";
import * as member from "../model/custom-key-store-members.ts";
import { defineOperation } from "../operation.ts";
import { replaceStores } from "../tables/custom-key-stores.ts";

/** AWS's quota of an account in a region, of either type and in any state (facts 10.1). */
const mostStores = 10;

/** Creates a custom key store: a PKCS#11 token, or a proxy of an external key manager. It begins disconnected. */
export const createCustomKeyStore = defineOperation({
  name: "CreateCustomKeyStore",
  readOnly: false,
  input: structure({
    CustomKeyStoreName: required(member.customKeyStoreName),
    CloudHsmClusterId: member.clusterId,
    TrustAnchorCertificate: member.trustAnchorCertificate,
    KeyStorePassword: member.keyStorePassword,
    CustomKeyStoreType: member.customKeyStoreType,
    XksProxyUriEndpoint: member.proxyUriEndpoint,
    XksProxyUriPath: member.proxyUriPath,
    XksProxyVpcEndpointServiceName: member.proxyVpcServiceName,
    XksProxyVpcEndpointServiceOwner: member.proxyVpcServiceOwner,
    XksProxyAuthenticationCredential: member.proxyCredential,
    XksProxyConnectivity: member.proxyConnectivity,
  }),
  output: structure({ CustomKeyStoreId: required(string()) }),
  identity: [{ action: "kms:CreateCustomKeyStore", resource: () => "*" }],
  keys: {},
  changes: storesAggregateOf,
  audit: {
    unlisted: true,
    request: [
      "CustomKeyStoreName",
      "CustomKeyStoreType",
      "CloudHsmClusterId",
      "XksProxyConnectivity",
      "XksProxyUriEndpoint",
      "XksProxyUriPath",
      "XksProxyVpcEndpointServiceName",
      "XksProxyVpcEndpointServiceOwner",
    ],
    renamed: { cloudHsmClusterId: "clusterId" },
    response: ({ output }) => ({ customKeyStoreId: output.CustomKeyStoreId }),
  },

  async handle({ input, context, tools }) {
    const { account, region, time: createdAt } = context;
    const list = await storesOf(context, tools);
    const { domain, change } = await tools.keys.domains.findOrCreate(account, region);
    const storeId = `cks-${tools.ids.hex(9).slice(1)}`;
    const store = newStore(input, { storeId, createdAt }, { account, domain });
    requireFreeName(store.name, list.stores);
    if (store.type === "AWS_CLOUDHSM") requireNewCluster(account, store, list.stores, tools);
    else {
      requireSoundProxy(store.proxy);
      requireFreeProxy(store.proxy, list.stores);
    }
    if (list.stores.length >= mostStores)
      throw new AwsError(
        "LimitExceededException",
        `The account ${account} already has ${mostStores} custom key stores in ${region}.`,
      );
    if (store.type === "EXTERNAL_KEY_STORE" && store.proxy.connectivity === "PUBLIC_ENDPOINT") {
      const caller = { context, operation: "CreateCustomKeyStore", tools };
      await requireHealthyProxy(domain, storeId, store.proxy, caller);
    }
    return {
      output: { CustomKeyStoreId: storeId },
      change: joinChanges([change, replaceStores(list, [...list.stores, store], domain)]),
      relied: [list.version],
    };
  },
});
