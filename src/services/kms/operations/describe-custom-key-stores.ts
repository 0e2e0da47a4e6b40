import { AwsError } from "../../../base/errors.ts";
import { boolean, list, required, string, structure, timestamp } from "../../../shape/shape.ts";
import { storesOf } from "../custom-key-stores/find-store.ts";
import type { Connection, CustomKeyStore } from "../model/custom-key-store.ts";
import * as storeMember from "../model/custom-key-store-members.ts";
import { pageOf } from "../model/marker.ts";
import * as member from "../model/members.ts";
import { defineOperation } from "../operation.ts";

/** Describes the custom key stores of the caller's account and region, or the one that is named; never a secret. */
export const describeCustomKeyStores = defineOperation({
  name: "DescribeCustomKeyStores",
  readOnly: true,
  input: structure({
    CustomKeyStoreId: storeMember.customKeyStoreId,
    CustomKeyStoreName: storeMember.customKeyStoreName,
    Limit: member.limit,
    Marker: member.marker,
  }),
  output: structure({
    CustomKeyStores: required(
      list(
        structure({
          CustomKeyStoreId: string(),
          CustomKeyStoreName: string(),
          CloudHsmClusterId: string(),
          TrustAnchorCertificate: string(),
          ConnectionState: string(),
          ConnectionErrorCode: string(),
          CreationDate: timestamp,
          CustomKeyStoreType: string(),
          XksProxyConfiguration: structure({
            Connectivity: string(),
            AccessKeyId: string(),
            UriEndpoint: string(),
            UriPath: string(),
            VpcEndpointServiceName: string(),
            VpcEndpointServiceOwner: string(),
          }),
        }),
      ),
    ),
    NextMarker: string(),
    Truncated: required(boolean),
  }),
  identity: [{ action: "kms:DescribeCustomKeyStores", resource: () => "*" }],
  keys: {},
  audit: { unlisted: true, request: ["CustomKeyStoreId", "CustomKeyStoreName", "Limit", "Marker"] },

  async handle({ input, context, tools }) {
    const { CustomKeyStoreId: id, CustomKeyStoreName: name } = input;
    if (id !== undefined && name !== undefined)
      throw new AwsError(
        "ValidationException",
        "Specify either CustomKeyStoreId or CustomKeyStoreName, but not both.",
      );
    const known = await storesOf(context, tools);
    const named = known.stores.filter(
      (store) =>
        (id === undefined || store.storeId === id) && (name === undefined || store.name === name),
    );
    if (named.length === 0 && (id ?? name) !== undefined)
      throw new AwsError(
        "CustomKeyStoreNotFoundException",
        `KMS cannot find the custom key store ${id ?? name}.`,
      );
    const listing = `DescribeCustomKeyStores ${context.account} ${context.region}`;
    const limits = { most: 1000, usual: 100 };
    const { entries, page } = pageOf(named, input, limits, listing, ({ storeId }) => storeId);
    const CustomKeyStores = entries.map((store) =>
      entryOf(store, tools.customKeyStores.connectionOf(known, store)),
    );
    return { output: { CustomKeyStores, ...page }, relied: [known.version] };
  },
});

function entryOf(store: CustomKeyStore, { state, fault }: Connection) {
  return {
    CustomKeyStoreId: store.storeId,
    CustomKeyStoreName: store.name,
    ...(store.type === "AWS_CLOUDHSM"
      ? { CloudHsmClusterId: store.clusterId, TrustAnchorCertificate: store.trustAnchor }
      : {}),
    ConnectionState: state,
    ...(fault === undefined ? {} : { ConnectionErrorCode: fault }),
    CreationDate: store.createdAt,
    CustomKeyStoreType: store.type,
    ...(store.type === "EXTERNAL_KEY_STORE" ? { XksProxyConfiguration: proxyMembers(store) } : {}),
  };
}

function proxyMembers({ proxy }: CustomKeyStore & { readonly type: "EXTERNAL_KEY_STORE" }) {
  const { connectivity, accessKeyId, endpoint, path, vpcServiceName, vpcServiceOwner } = proxy;
  return {
    Connectivity: connectivity,
    AccessKeyId: accessKeyId,
    UriEndpoint: endpoint,
    UriPath: path,
    ...(vpcServiceName === undefined ? {} : { VpcEndpointServiceName: vpcServiceName }),
    ...(vpcServiceOwner === undefined ? {} : { VpcEndpointServiceOwner: vpcServiceOwner }),
  };
}
