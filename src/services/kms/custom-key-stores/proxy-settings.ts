import { AwsError } from "../../../base/errors.ts";
import type { Domain } from "../../../keystore/domain.ts";
import { XksError, xksFailures } from "../../../keystore/xks/failures.ts";
import type { ProxySettings } from "../model/custom-key-store.ts";
import type { KeyUse } from "./find-store.ts";
import { openProxy } from "./open-store.ts";

/** Settings that contradict each other. Throws ValidationException. */
export function requireSoundProxy({
  connectivity,
  vpcServiceName,
  vpcServiceOwner,
}: ProxySettings): void {
  const vpc = connectivity === "VPC_ENDPOINT_SERVICE";
  if (vpc && vpcServiceName === undefined)
    throw new AwsError(
      "ValidationException",
      "XksProxyVpcEndpointServiceName is required when XksProxyConnectivity is VPC_ENDPOINT_SERVICE.",
    );
  if (!vpc && (vpcServiceName !== undefined || vpcServiceOwner !== undefined))
    throw new AwsError(
      "ValidationException",
      "A VPC endpoint service is valid only when XksProxyConnectivity is VPC_ENDPOINT_SERVICE.",
    );
}

/** Asks a proxy for its health with the settings that a store is to have. Throws what the failure means to a store's owner. */
export async function requireHealthyProxy(
  domain: Domain,
  storeId: string,
  settings: ProxySettings,
  { context: { requestId }, operation, tools }: KeyUse,
): Promise<void> {
  try {
    const proxy = openProxy(tools.customKeyStores.backends, domain, storeId, settings);
    await proxy.health({ requestId, operation }).finally(() => proxy.close());
  } catch (error) {
    throw error instanceof XksError ? refusalOf(error) : error;
  }
}

function refusalOf(cause: XksError): AwsError {
  return new AwsError(xksFailures[cause.failure].store, cause.message, { cause });
}
