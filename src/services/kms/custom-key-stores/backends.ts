import type { X509Certificate } from "node:crypto";
import type { Token } from "../../../keystore/pkcs11/token.ts";
import type { XksProxy, XksProxyIdentity } from "../../../keystore/xks/proxy.ts";

/** A PKCS#11 token that the operator offers as a cluster to one account. */
export interface Cluster {
  readonly clusterId: string;
  readonly account: string;
  /** Path of the vendor's PKCS#11 module, and the token's label. */
  readonly module: string;
  readonly token: string;
  /** What CreateCustomKeyStore has to give as TrustAnchorCertificate. */
  readonly certificate: X509Certificate;
  /** Name that the module wants in front of the password, as `user:password`. */
  readonly user?: string;
}

/** What custom key stores connect to, as the operator configured it. */
export interface StoreBackends {
  /** A cluster that the account may use. */
  findCluster(account: string, clusterId: string): Cluster | undefined;
  /** Throws TokenError. The password is wiped. */
  openCluster(cluster: Cluster, password: Buffer): Promise<Token>;
  /** A client of a proxy; opens no connection yet. Throws XksError. */
  openProxy(identity: XksProxyIdentity): XksProxy;
}
