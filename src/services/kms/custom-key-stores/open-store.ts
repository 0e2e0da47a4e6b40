import type { Ids } from "../../../crypto/random.ts";
import type { Domains } from "../../../database/domains.ts";
import type { Domain } from "../../../keystore/domain.ts";
import { TokenError } from "../../../keystore/pkcs11/token-error.ts";
import { tokenKeys } from "../../../keystore/pkcs11/token-key.ts";
import type { XksProxy } from "../../../keystore/xks/proxy.ts";
import type {
  CloudHsmStore,
  CustomKeyStore,
  ProxySettings,
  StoreList,
} from "../model/custom-key-store.ts";
import type { StoreBackends } from "./backends.ts";
import type { OpenStore } from "./connection.ts";

/** Opens stores for their connections: with their own secrets, which only the domain of their account unwraps. */
export function storeOpener(
  backends: StoreBackends,
  domains: Domains,
  ids: Ids,
): (list: StoreList, store: CustomKeyStore) => Promise<OpenStore> {
  return async ({ account, region }, store) => {
    const domain = await domains.find(account, region);
    if (domain === undefined) throw new TypeError(`no domain key of ${account} in ${region}`);
    if (store.type === "AWS_CLOUDHSM") return openCluster(backends, domain, store);
    const proxy = openProxy(backends, domain, store.storeId, store.proxy);
    const call = { requestId: ids.uuid(), operation: "ConnectCustomKeyStore" };
    await proxy.health(call).catch((error: unknown) => {
      proxy.close();
      throw error;
    });
    return { type: store.type, proxy };
  };
}

async function openCluster(
  backends: StoreBackends,
  domain: Domain,
  store: CloudHsmStore,
): Promise<OpenStore> {
  const cluster = backends.findCluster(domain.id.account, store.clusterId);
  if (cluster === undefined)
    throw new TokenError(`the cluster ${store.clusterId} is not configured`, {
      fault: "CLUSTER_NOT_FOUND",
    });
  const password = domain.unwrap(secretIdentity(store.storeId, "password"), store.password);
  const token = await backends.openCluster(cluster, password);
  try {
    return { type: store.type, token, keys: await tokenKeys(token) };
  } catch (error) {
    await token.close();
    throw error;
  }
}

/** A client of a store's proxy. Throws XksError where the operator does not allow its host. */
export function openProxy(
  backends: StoreBackends,
  domain: Domain,
  storeId: string,
  { endpoint, path, accessKeyId, secret }: ProxySettings,
): XksProxy {
  const unwrapped = domain.unwrap(secretIdentity(storeId, "secret"), secret);
  const { region } = domain.id;
  return backends.openProxy({ endpoint, path, region, accessKeyId, secret: unwrapped });
}

/** To what a secret of a store is bound where it is wrapped. */
export function secretIdentity(storeId: string, what: "password" | "secret"): readonly string[] {
  return ["custom-key-store", storeId, what];
}
