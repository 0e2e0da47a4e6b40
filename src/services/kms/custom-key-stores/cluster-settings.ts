import { AwsError } from "../../../base/errors.ts";
import type { CustomKeyStore } from "../model/custom-key-store.ts";
import type { KmsTools } from "../operation.ts";
import type { Cluster } from "./backends.ts";
import { parseCertificate } from "./certificate.ts";
import { isSame, requireFreeCluster } from "./uniqueness.ts";

/** The cluster of a new store, if it is the account's, its certificate is the one given, and no other store has it. */
export function requireNewCluster(
  account: string,
  asked: { readonly clusterId: string; readonly trustAnchor: string },
  others: readonly CustomKeyStore[],
  tools: KmsTools,
): void {
  const cluster = getCluster(account, asked.clusterId, tools);
  requireFreeCluster(cluster, others);
  if (!isSame(parseCertificate(asked.trustAnchor), cluster.certificate))
    throw new AwsError(
      "IncorrectTrustAnchorException",
      `The trust anchor certificate is not that of the CloudHSM cluster ${asked.clusterId}.`,
    );
}

/** Another cluster for a store: one that was made of a backup of the first, which has the same certificate. */
export function requireRelatedCluster(
  account: string,
  clusterId: string,
  trustAnchor: string,
  tools: KmsTools,
): void {
  const cluster = getCluster(account, clusterId, tools);
  if (!isSame(parseCertificate(trustAnchor), cluster.certificate))
    throw new AwsError(
      "CloudHsmClusterNotRelatedException",
      `The CloudHSM cluster ${clusterId} has another cluster certificate than the original cluster.`,
    );
}

function getCluster(account: string, clusterId: string, tools: KmsTools): Cluster {
  const cluster = tools.customKeyStores.backends.findCluster(account, clusterId);
  if (cluster !== undefined) return cluster;
  throw new AwsError(
    "CloudHsmClusterNotFoundException",
    `KMS cannot find the CloudHSM cluster ${clusterId}.`,
  );
}
