import { AwsError, IntegrityError } from "../../base/errors.ts";
import type { KmsKey, MultiRegion } from "./model/key.ts";
import { isReplica } from "./model/key.ts";
import type { KmsTools } from "./operation.ts";

/** Regions of a multi-Region key, the primary's first. */
export function regionsOf({ primary, replicas }: MultiRegion): readonly string[] {
  return [primary, ...replicas];
}

/** The same multi-Region key in all other regions. What a decision takes from them is relied on: hand their versions over. */
export function relativesOf(key: KmsKey, tools: KmsTools): Promise<readonly KmsKey[]> {
  const regions = key.multiRegion === undefined ? [] : regionsOf(key.multiRegion);
  return Promise.all(
    regions
      .filter((region) => region !== key.region)
      .map((region) => relativeIn(key, region, tools)),
  );
}

/** The same multi-Region key in another region. Throws IntegrityError when it is gone although its relatives name it. */
async function relativeIn(key: KmsKey, region: string, tools: KmsTools): Promise<KmsKey> {
  const relative = await tools.keys.find(key.account, region, key.keyId);
  if (relative === undefined)
    throw new IntegrityError(`key ${key.keyId} is missing in ${region}, where it has a relative`);
  return relative;
}

/** The key's relative in a region; the key itself where it has none there. */
export async function relativeOrSelf(
  key: KmsKey,
  region: string,
  tools: KmsTools,
): Promise<KmsKey> {
  const { multiRegion } = key;
  return multiRegion === undefined ||
    region === key.region ||
    !regionsOf(multiRegion).includes(region)
    ? key
    : relativeIn(key, region, tools);
}

/** The primary key of a multi-Region key, whose rotation setting all relatives share; any other key itself. */
export async function primaryOf(key: KmsKey, tools: KmsTools): Promise<KmsKey> {
  return key.multiRegion === undefined ? key : relativeOrSelf(key, key.multiRegion.primary, tools);
}

/** Refuses what only a primary key can do. */
export function requirePrimary(key: KmsKey): MultiRegion {
  if (key.multiRegion === undefined || isReplica(key))
    throw new AwsError(
      "UnsupportedOperationException",
      `${key.arn} is not a multi-region primary key.`,
    );
  return key.multiRegion;
}
