import { AwsError } from "../../../base/errors.ts";
import type { Domain } from "../../../keystore/domain.ts";
import type { CustomKeyStore, ProxySettings } from "../model/custom-key-store.ts";
import { secretIdentity } from "./open-store.ts";

interface Credential {
  readonly AccessKeyId: string;
  readonly RawSecretAccessKey: string;
}

/** What CreateCustomKeyStore is asked for. */
export interface AskedStore {
  readonly CustomKeyStoreName: string;
  readonly CustomKeyStoreType?: CustomKeyStore["type"] | undefined;
  readonly CloudHsmClusterId?: string | undefined;
  readonly TrustAnchorCertificate?: string | undefined;
  readonly KeyStorePassword?: string | undefined;
  readonly XksProxyConnectivity?: ProxySettings["connectivity"] | undefined;
  readonly XksProxyUriEndpoint?: string | undefined;
  readonly XksProxyUriPath?: string | undefined;
  readonly XksProxyVpcEndpointServiceName?: string | undefined;
  readonly XksProxyVpcEndpointServiceOwner?: string | undefined;
  readonly XksProxyAuthenticationCredential?: Credential | undefined;
}

/** The members that belong to one type of store. */
export const membersOf = {
  AWS_CLOUDHSM: ["CloudHsmClusterId", "TrustAnchorCertificate", "KeyStorePassword"],
  EXTERNAL_KEY_STORE: [
    "XksProxyConnectivity",
    "XksProxyUriEndpoint",
    "XksProxyUriPath",
    "XksProxyAuthenticationCredential",
    "XksProxyVpcEndpointServiceName",
    "XksProxyVpcEndpointServiceOwner",
  ],
} as const satisfies Readonly<Record<CustomKeyStore["type"], readonly (keyof AskedStore)[]>>;

/** Refuses members that belong to the other type of store. */
export function refuseForeignMembers(type: CustomKeyStore["type"], asked: object): void {
  const foreign = membersOf[type === "AWS_CLOUDHSM" ? "EXTERNAL_KEY_STORE" : "AWS_CLOUDHSM"];
  const given = foreign.find((name) => Reflect.get(asked, name) !== undefined);
  if (given !== undefined)
    throw new AwsError(
      "ValidationException",
      `${given} is not valid for a custom key store of type ${type}.`,
    );
}

/** A new store as it was asked for, disconnected, its secret wrapped. Throws ValidationException where something is missing. */
export function newStore(
  asked: AskedStore,
  { storeId, createdAt }: Pick<CustomKeyStore, "storeId" | "createdAt">,
  { account, domain }: { readonly account: string; readonly domain: Domain },
): CustomKeyStore {
  const { CustomKeyStoreType: type = "AWS_CLOUDHSM", CustomKeyStoreName: name } = asked;
  refuseForeignMembers(type, asked);
  const base = { storeId, name, createdAt, wanted: "DISCONNECTED" } as const;
  if (type === "AWS_CLOUDHSM")
    return {
      ...base,
      type,
      clusterId: need(asked, "CloudHsmClusterId"),
      trustAnchor: need(asked, "TrustAnchorCertificate"),
      password: wrapSecret(domain, storeId, "password", need(asked, "KeyStorePassword")),
    };
  const { AccessKeyId: accessKeyId, RawSecretAccessKey } = need(
    asked,
    "XksProxyAuthenticationCredential",
  );
  const connectivity = need(asked, "XksProxyConnectivity");
  const vpcServiceName = asked.XksProxyVpcEndpointServiceName;
  const owner = vpcServiceName === undefined ? undefined : account;
  const vpcServiceOwner = asked.XksProxyVpcEndpointServiceOwner ?? owner;
  return {
    ...base,
    type,
    proxy: {
      connectivity,
      endpoint: need(asked, "XksProxyUriEndpoint").toLowerCase(),
      path: need(asked, "XksProxyUriPath"),
      ...(vpcServiceName === undefined ? {} : { vpcServiceName }),
      ...(vpcServiceOwner === undefined ? {} : { vpcServiceOwner }),
      accessKeyId,
      secret: wrapSecret(domain, storeId, "secret", RawSecretAccessKey),
    },
  };
}

/** A secret of a store, wrapped for its account. */
export function wrapSecret(
  domain: Domain,
  storeId: string,
  what: "password" | "secret",
  text: string,
): Buffer {
  const bytes = Buffer.from(text, "utf8");
  const wrapped = domain.wrap(secretIdentity(storeId, what), bytes);
  bytes.fill(0);
  return wrapped;
}

function need<N extends keyof AskedStore>(
  asked: AskedStore,
  name: N,
): Exclude<AskedStore[N], undefined> {
  const value = asked[name];
  if (value === undefined)
    throw new AwsError(
      "ValidationException",
      `${name} is required for a custom key store of type ${asked.CustomKeyStoreType ?? "AWS_CLOUDHSM"}.`,
    );
  return value as Exclude<AskedStore[N], undefined>;
}
