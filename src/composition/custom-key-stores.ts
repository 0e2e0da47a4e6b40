import type { Config, CustomKeyStoresConfig } from "../config.ts";
import { readOperatorFile } from "../config-file.ts";
import { randomIds } from "../crypto/random.ts";
import type { Reader } from "../database/database.ts";
import type { Domains } from "../database/domains.ts";
import { openToken } from "../keystore/pkcs11/token.ts";
import { xksProxy } from "../keystore/xks/proxy.ts";
import type { ProxyTls } from "../keystore/xks/transport.ts";
import type { Log } from "../server/log.ts";
import type { StoreBackends } from "../services/kms/custom-key-stores/backends.ts";
import { storeOpener } from "../services/kms/custom-key-stores/open-store.ts";
import { CustomKeyStores } from "../services/kms/custom-key-stores/stores.ts";
import { StoreTables } from "../services/kms/tables/custom-key-stores.ts";
import { readCertificates } from "./certificates.ts";
import { readClusters } from "./clusters.ts";

/** The custom key stores of a deployment, over the tokens and proxies that its operator allows. Throws OperatorError. */
export function openCustomKeyStores(
  config: Config["customKeyStores"],
  reader: Reader,
  domains: Domains,
  log: Log,
): CustomKeyStores {
  const backends = backendsOf(config);
  return new CustomKeyStores({
    tables: new StoreTables(reader, domains),
    backends,
    open: storeOpener(backends, domains, randomIds),
    onFailure: ({ storeId }, error) =>
      log("warn", "a custom key store is not connected", { storeId, error }),
    onFault: (error) =>
      log("error", "the custom key stores cannot be read", {
        error: error instanceof Error ? error : new Error(String(error)),
      }),
  });
}

function backendsOf(config: CustomKeyStoresConfig): StoreBackends {
  const clusters = config.clustersFile === undefined ? [] : readClusters(config.clustersFile);
  const surroundings = { hosts: config.hosts, timeout: config.timeout, tls: readTls(config) };
  return {
    findCluster: (account, clusterId) =>
      clusters.find((each) => each.clusterId === clusterId && each.account === account),
    async openCluster({ module, token: label, user }, password) {
      const prefix = Buffer.from(user === undefined ? "" : `${user}:`, "utf8");
      const pin = Buffer.concat([prefix, password]);
      password.fill(0);
      try {
        return await openToken({ module, label, pin });
      } finally {
        pin.fill(0);
      }
    },
    openProxy: (identity) => xksProxy({ ...identity, ...surroundings }, () => new Date()),
  };
}

function readTls({ caFile, client }: CustomKeyStoresConfig): ProxyTls {
  return {
    ...(caFile === undefined ? {} : { ca: readCertificates(caFile).pem }),
    ...(client === undefined
      ? {}
      : {
          client: {
            certificate: readOperatorFile(client.certFile),
            key: readOperatorFile(client.keyFile),
          },
        }),
  };
}
