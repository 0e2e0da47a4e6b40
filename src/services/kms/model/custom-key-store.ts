import type { VersionRef } from "../../../database/commit.ts";
import type { TokenFault } from "../../../keystore/pkcs11/protocol.ts";
import type { XksConnectionFault } from "../../../keystore/xks/failures.ts";

/** What every custom key store has. */
interface AnyStore {
  readonly storeId: string;
  readonly name: string;
  readonly createdAt: Date;
  /** Whether its owner wants it connected: a store that is comes back by itself after a restart. */
  readonly wanted: "CONNECTED" | "DISCONNECTED";
}

/** A store whose keys are in a cluster's token. */
export interface CloudHsmStore extends AnyStore {
  readonly type: "AWS_CLOUDHSM";
  readonly clusterId: string;
  /** PEM. */
  readonly trustAnchor: string;
  /** Password of the cluster's user `kmsuser`, wrapped. */
  readonly password: Uint8Array;
}

/** Where the proxy of an external key store is, and with what we prove who we are. */
export interface ProxySettings {
  readonly connectivity: "PUBLIC_ENDPOINT" | "VPC_ENDPOINT_SERVICE";
  readonly endpoint: string;
  readonly path: string;
  readonly vpcServiceName?: string;
  readonly vpcServiceOwner?: string;
  readonly accessKeyId: string;
  /** The secret access key, wrapped. */
  readonly secret: Uint8Array;
}

/** A store whose keys are behind an external key store proxy. */
export interface ExternalStore extends AnyStore {
  readonly type: "EXTERNAL_KEY_STORE";
  readonly proxy: ProxySettings;
}

export type CustomKeyStore = CloudHsmStore | ExternalStore;

/** All custom key stores of an account in a region: one aggregate, so that no two can take the same name or endpoint. */
export interface StoreList {
  readonly account: string;
  readonly region: string;
  readonly version: VersionRef;
  readonly stores: readonly CustomKeyStore[];
}

/** States of a connection as clients see them (facts 10.4). */
export type ConnectionState =
  | "CONNECTED"
  | "CONNECTING"
  | "DISCONNECTED"
  | "DISCONNECTING"
  | "FAILED";

/** ConnectionErrorCode of a connection that failed. */
export type ConnectionFault = TokenFault | XksConnectionFault;

/** How a store's connection stands. */
export interface Connection {
  readonly state: ConnectionState;
  /** Only where it failed. */
  readonly fault?: ConnectionFault;
}

/** The name of the aggregate of an account's stores in a region. */
export function storesAggregate(account: string, region: string): string {
  return `custom-key-stores/${account}/${region}`;
}

/** The account and region of such an aggregate; undefined for one of another kind. */
export function parseStoresAggregate(
  aggregate: string,
): Pick<StoreList, "account" | "region"> | undefined {
  const [kind, account, region] = aggregate.split("/");
  return kind === "custom-key-stores" && account !== undefined && region !== undefined
    ? { account, region }
    : undefined;
}
