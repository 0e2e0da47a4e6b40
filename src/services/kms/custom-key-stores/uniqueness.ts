import type { X509Certificate } from "node:crypto";
import { AwsError } from "../../../base/errors.ts";
import type { CustomKeyStore, ProxySettings } from "../model/custom-key-store.ts";
import type { Cluster } from "./backends.ts";
import { parseCertificate } from "./certificate.ts";

/** What no two stores of an account in a region may have in common (facts 10.2). `others` are those that stay as they are. */

export function requireFreeName(name: string, others: readonly CustomKeyStore[]): void {
  if (others.some((other) => other.name === name))
    throw new AwsError(
      "CustomKeyStoreNameInUseException",
      `The custom key store name ${name} is already in use.`,
    );
}

/** Clusters with one certificate share a backup history: their keys are the same. */
export function requireFreeCluster(cluster: Cluster, others: readonly CustomKeyStore[]): void {
  const taken = others.some(
    (other) =>
      other.type === "AWS_CLOUDHSM" &&
      (other.clusterId === cluster.clusterId ||
        isSame(parseCertificate(other.trustAnchor), cluster.certificate)),
  );
  if (taken)
    throw new AwsError(
      "CloudHsmClusterInUseException",
      `The CloudHSM cluster ${cluster.clusterId} is already associated with a custom key store, or shares a backup history with one that is.`,
    );
}

/** Whether two certificates are the same, byte for byte. */
export function isSame(one: X509Certificate | undefined, other: X509Certificate): boolean {
  return one?.raw.equals(other.raw) === true;
}

export function requireFreeProxy(proxy: ProxySettings, others: readonly CustomKeyStore[]): void {
  const proxies = others.flatMap((other) =>
    other.type === "EXTERNAL_KEY_STORE" ? [other.proxy] : [],
  );
  const sameEndpoint = proxies.filter((other) => other.endpoint === proxy.endpoint);
  if (sameEndpoint.some((other) => other.path === proxy.path))
    throw new AwsError(
      "XksProxyUriInUseException",
      `The proxy URI ${proxy.endpoint}${proxy.path} is already associated with another external key store.`,
    );
  const isShared = (each: ProxySettings): boolean => each.connectivity === "PUBLIC_ENDPOINT";
  if (sameEndpoint.length > 0 && ![proxy, ...sameEndpoint].every(isShared))
    throw new AwsError(
      "XksProxyUriEndpointInUseException",
      `The proxy URI endpoint ${proxy.endpoint} is already associated with another external key store.`,
    );
  const { vpcServiceName } = proxy;
  if (vpcServiceName === undefined) return;
  if (proxies.some((other) => other.vpcServiceName === vpcServiceName))
    throw new AwsError(
      "XksProxyVpcEndpointServiceInUseException",
      `The VPC endpoint service ${vpcServiceName} is already associated with another external key store.`,
    );
}
