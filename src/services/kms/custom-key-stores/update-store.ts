import { AwsError } from "../../../base/errors.ts";
import type { Domain } from "../../../keystore/domain.ts";
import type {
  CloudHsmStore,
  ConnectionState,
  CustomKeyStore,
  ExternalStore,
  ProxySettings,
} from "../model/custom-key-store.ts";
import type { AskedStore } from "./new-store.ts";
import { membersOf, refuseForeignMembers, wrapSecret } from "./new-store.ts";

/** What UpdateCustomKeyStore is asked to change. */
export interface AskedChange
  extends Omit<AskedStore, "CustomKeyStoreName" | "CustomKeyStoreType" | "TrustAnchorCertificate"> {
  readonly NewCustomKeyStoreName?: string | undefined;
}

const whileConnected: Readonly<Record<CustomKeyStore["type"], readonly (keyof AskedChange)[]>> = {
  AWS_CLOUDHSM: ["NewCustomKeyStoreName"],
  EXTERNAL_KEY_STORE: [
    "NewCustomKeyStoreName",
    "XksProxyAuthenticationCredential",
    "XksProxyUriPath",
  ],
};

/** The states of the connection in which a store may be changed so (facts 10.4). */
export function statesFor(
  store: CustomKeyStore,
  asked: AskedChange & { readonly CustomKeyStoreId: string },
): readonly ConnectionState[] {
  const { CustomKeyStoreId: _id, ...changes } = asked;
  const changed = Object.entries(changes).filter(([, value]) => value !== undefined);
  const allowed: readonly string[] = whileConnected[store.type];
  return changed.every(([name]) => allowed.includes(name))
    ? ["DISCONNECTED", "CONNECTED"]
    : ["DISCONNECTED"];
}

/** Whether anything of the proxy is to change, so that it has to be asked first. */
export function changesProxy(asked: AskedChange): boolean {
  return membersOf.EXTERNAL_KEY_STORE.some((name) => asked[name] !== undefined);
}

/** A store as it will be. Throws ValidationException for what does not belong to its type, or for nothing at all. */
export function changedStore(
  store: CustomKeyStore,
  asked: AskedChange & { readonly CustomKeyStoreId: string },
  domain: Domain,
): CustomKeyStore {
  const { CustomKeyStoreId: _id, ...changes } = asked;
  if (Object.values(changes).every((value) => value === undefined))
    throw new AwsError("ValidationException", "At least one property to change is required.");
  refuseForeignMembers(store.type, asked);
  const name = asked.NewCustomKeyStoreName ?? store.name;
  return store.type === "AWS_CLOUDHSM"
    ? { ...changedCluster(store, asked, domain), name }
    : { ...store, name, proxy: changedProxy(store, asked, domain) };
}

function changedCluster(store: CloudHsmStore, asked: AskedChange, domain: Domain): CloudHsmStore {
  const { CloudHsmClusterId: clusterId = store.clusterId, KeyStorePassword: password } = asked;
  if (password === undefined) return { ...store, clusterId };
  return {
    ...store,
    clusterId,
    password: wrapSecret(domain, store.storeId, "password", password),
  };
}

function changedProxy(store: ExternalStore, asked: AskedChange, domain: Domain): ProxySettings {
  const { vpcServiceName, vpcServiceOwner, ...before } = store.proxy;
  const connectivity = asked.XksProxyConnectivity ?? before.connectivity;
  requireEndpointOfNewConnectivity(before.connectivity, connectivity, asked);
  const vpc = connectivity === "VPC_ENDPOINT_SERVICE";
  const name = asked.XksProxyVpcEndpointServiceName ?? (vpc ? vpcServiceName : undefined);
  const owner = asked.XksProxyVpcEndpointServiceOwner ?? (vpc ? vpcServiceOwner : undefined);
  const credential = asked.XksProxyAuthenticationCredential;
  return {
    ...before,
    connectivity,
    endpoint: asked.XksProxyUriEndpoint?.toLowerCase() ?? before.endpoint,
    path: asked.XksProxyUriPath ?? before.path,
    ...(name === undefined ? {} : { vpcServiceName: name }),
    ...(name === undefined && owner === undefined
      ? {}
      : { vpcServiceOwner: owner ?? domain.id.account }),
    ...(credential && {
      accessKeyId: credential.AccessKeyId,
      secret: wrapSecret(domain, store.storeId, "secret", credential.RawSecretAccessKey),
    }),
  };
}

/** The endpoint of one connectivity is not that of the other. */
function requireEndpointOfNewConnectivity(
  before: ProxySettings["connectivity"],
  after: ProxySettings["connectivity"],
  { XksProxyUriEndpoint: endpoint, XksProxyVpcEndpointServiceName: service }: AskedChange,
): void {
  if (before === after) return;
  if (endpoint === undefined || (after === "VPC_ENDPOINT_SERVICE" && service === undefined))
    throw new AwsError(
      "ValidationException",
      `To change XksProxyConnectivity to ${after}, XksProxyUriEndpoint${after === "VPC_ENDPOINT_SERVICE" ? " and XksProxyVpcEndpointServiceName are" : " is"} required.`,
    );
}
