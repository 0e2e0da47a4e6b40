import type { ServiceEvent } from "../../../api/operation.ts";
import type { KmsKey } from "../model/key.ts";
import { currentMaterial } from "../model/key.ts";
import type { KmsTools } from "../operation.ts";

/**
 * Destroys the material of a deleted key in its token. As with AWS this is tried once: in a store that is not connected it
 * stays, and its owner finds it by its label. An external key is never touched.
 */
export async function destroyInStore(
  { account, region, keyId, customStore }: KmsKey,
  { customKeyStores }: KmsTools,
): Promise<void> {
  if (customStore === undefined) return;
  const opened = customKeyStores.opened({ account, region, storeId: customStore.storeId });
  if (opened?.type === "AWS_CLOUDHSM") await opened.keys.destroy({ account, region, keyId });
}

/** What the record of a deletion tells of a key in a token (facts 18.3). */
export function evidenceOfDeletion(key: KmsKey): Pick<ServiceEvent, "evidence"> {
  if (key.origin !== "AWS_CLOUDHSM" || key.customStore === undefined) return {};
  const backingKeys = JSON.stringify([{ backingKeyId: currentMaterial(key).materialId }]);
  return { evidence: { customKeyStoreId: key.customStore.storeId, backingKeys } };
}
