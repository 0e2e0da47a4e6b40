import type { CallContext } from "../../api/context.ts";
import { kmsArn } from "../../base/arn.ts";
import type { JsonObject } from "../../base/json.ts";
import type { Change, VersionRef } from "../../database/commit.ts";
import type { Domain } from "../../keystore/domain.ts";
import type { StoredMaterial } from "../../keystore/keystore.ts";
import { makeInStore, storeForKey } from "./custom-key-stores/make-key.ts";
import type { Kind } from "./key-kind.ts";
import type { CustomKeyStore } from "./model/custom-key-store.ts";
import type { CustomStore, KmsKey, Material } from "./model/key.ts";
import { keyAggregate } from "./model/key.ts";
import { firstMaterial } from "./model/material.ts";
import type { KmsTools } from "./operation.ts";

type Given = Pick<KmsKey, "createdAt" | "policy" | "description" | "tags"> &
  Partial<Pick<KmsKey, "usage" | "origin" | "multiRegion" | "customStore">>;

/** A customer managed key around its first material, as it is before it was ever stored. */
export function newKey(material: StoredMaterial, given: Given): KmsKey {
  const { domain, keyId, keySpec } = material;
  return withMaterial(
    newKeyWithoutMaterial({ domain, keyId, spec: keySpec }, given),
    firstMaterial(material, given.createdAt),
  );
}

/** A customer managed key whose material is still to be imported, or is kept elsewhere. */
export function newKeyWithoutMaterial(
  { domain, keyId, spec }: Pick<KmsKey, "keyId" | "spec"> & { readonly domain: Domain },
  given: Given,
): KmsKey {
  const { account, region } = domain.id;
  return {
    usage: "ENCRYPT_DECRYPT",
    origin: "AWS_KMS",
    ...given,
    account,
    region,
    keyId,
    arn: kmsArn(region, account, `key/${keyId}`),
    version: { aggregate: keyAggregate(account, region, keyId), version: 1 },
    domain,
    spec,
    manager: "CUSTOMER",
    state: "Enabled",
    materials: [],
    aliases: [],
    grants: [],
  };
}

/** What a new key is made with. `accept` refuses a key before anything is made for it that a token would keep. */
interface Making {
  readonly context: CallContext;
  readonly tools: KmsTools;
  readonly accept: (key: KmsKey) => void;
}

/** A new key, and what else has to be stored, relied on and recorded with it. */
interface Made {
  readonly key: KmsKey;
  readonly change: Change;
  readonly relied: readonly VersionRef[];
  readonly evidence?: JsonObject;
}

/** A new key of a kind with material where the kind has some from the start. */
export async function makeKey(
  { spec, usage, origin, multiRegion, customStore }: Kind,
  described: Pick<KmsKey, "createdAt" | "policy" | "description" | "tags">,
  { context, tools, accept }: Making,
): Promise<Made> {
  const { account, region } = context;
  const { domain, change } = await tools.keys.domains.findOrCreate(account, region);
  const keyId = multiRegion ? `mrk-${tools.ids.hex(16)}` : tools.ids.uuid();
  const empty = newKeyWithoutMaterial(
    { domain, keyId, spec },
    {
      ...described,
      usage,
      origin,
      ...(multiRegion ? { multiRegion: { primary: region, replicas: [] } } : {}),
      ...(customStore === undefined ? {} : { customStore }),
    },
  );
  accept(empty);
  if (customStore !== undefined) {
    const use = { context, operation: "CreateKey", tools };
    const place = await storeForKey(customStore, use);
    const { material, evidence } = await makeInStore(empty, place, use);
    return {
      key: withMaterial({ ...empty, customStore: placeIn(place.store, customStore) }, material),
      change,
      relied: place.relied,
      evidence,
    };
  }
  if (origin === "EXTERNAL") return { key: empty, change, relied: [] };
  const made = await tools.keyWork.inTurn({ spec, part: "making", account }, () =>
    tools.keyStore.generate(domain, keyId, spec),
  );
  const material = firstMaterial(made, described.createdAt);
  return { key: withMaterial(empty, material), change, relied: [] };
}

function placeIn(store: CustomKeyStore, place: CustomStore): CustomStore {
  return store.type === "AWS_CLOUDHSM" ? { ...place, clusterId: store.clusterId } : place;
}

function withMaterial(key: KmsKey, material: Material): KmsKey {
  return { ...key, currentMaterialId: material.materialId, materials: [material] };
}
