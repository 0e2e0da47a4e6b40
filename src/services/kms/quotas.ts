import type { CallContext } from "../../api/context.ts";
import { tooMuch } from "./key-work.ts";
import type { KmsKey } from "./model/key.ts";
import type { BucketMemory, Charge } from "./quotas-buckets.ts";
import { TokenBuckets } from "./quotas-buckets.ts";
import type { Quota } from "./quotas-rates.ts";
import {
  keyQuota,
  managementQuota,
  pairQuota,
  slowestRate,
  storeQuota,
  symmetricQuota,
} from "./quotas-rates.ts";

/** The members of requests by which calls count elsewhere, or otherwise. */
interface Request {
  readonly KeyPairSpec?: string;
  readonly CustomKeyStoreId?: string;
  readonly ReplicaRegion?: string;
  readonly PrimaryRegion?: string;
}

/** A quota that a call counts against; of its caller in its region, unless it says otherwise. */
interface Count {
  readonly quota: Quota;
  readonly cost?: number;
  readonly account?: string;
  readonly region?: string;
}

type Place = Pick<CallContext, "account" | "region">;

/** Counts calls against AWS's request quotas, times a factor. */
export class RequestQuotas {
  readonly #factor: number;
  /** What the last user of a key was charged. */
  readonly #usual = new WeakMap<KmsKey, Place & { readonly charge: Charge }>();
  readonly #buckets: TokenBuckets;

  /** Those that are given the same memory count together. */
  constructor(factor: number, memory?: BucketMemory) {
    this.#factor = factor;
    // A bucket holds a second's worth, or one call where that is less, and may owe one.
    this.#buckets = new TokenBuckets(2_000 / Math.min(1, slowestRate * factor), memory);
  }

  /** Counts a call; `keys` are those that were found. Throws ThrottlingException in AWS's words (facts 1.7). */
  admit(operation: string, request: object, keys: readonly KmsKey[], context: CallContext): void {
    const taken = this.#admitUsual(operation, request, keys, context);
    if (!(taken ?? this.#admitAny(operation, request, keys, context))) throw tooMuch();
  }

  /** The call of most requests: it uses one symmetric key that is here, and counts once. Undefined for all others. */
  #admitUsual(
    operation: string,
    request: Request,
    [key, second]: readonly KmsKey[],
    { account, region, time }: CallContext,
  ): boolean | undefined {
    if (key === undefined || second !== undefined || key.customStore !== undefined)
      return undefined;
    if (request.KeyPairSpec !== undefined || request.CustomKeyStoreId !== undefined)
      return undefined;
    if (managementQuota(operation) !== undefined) return undefined;
    return this.#buckets.takeOne(this.#usualCharge(key, account, region), time.getTime());
  }

  #usualCharge(key: KmsKey, account: string, region: string): Charge {
    const last = this.#usual.get(key);
    if (last?.account === account && last.region === region) return last.charge;
    const { name, rate } = keyQuota(key.spec, region);
    const charge = { bucket: `${account} ${region} ${name}`, rate: rate * this.#factor, cost: 1 };
    this.#usual.set(key, { account, region, charge });
    return charge;
  }

  #admitAny(
    operation: string,
    request: object,
    keys: readonly KmsKey[],
    context: CallContext,
  ): boolean {
    const charges = countsOf(operation, request, keys, context).map(
      ({ quota, cost = 1, account = context.account, region = context.region }) => ({
        bucket: `${account} ${region} ${quota.name}`,
        rate: quota.rate * this.#factor,
        cost,
      }),
    );
    return this.#buckets.take(charges, context.time.getTime());
  }
}

/** The quotas that a call counts against (facts 16.2). */
function countsOf(
  operation: string,
  request: Request,
  keys: readonly KmsKey[],
  place: Place,
): readonly Count[] {
  const quota = managementQuota(operation);
  return quota === undefined
    ? cryptographicCounts(request, keys, place)
    : [{ quota }, ...elsewhere(operation, quota, request)];
}

/** A replica is made by two CreateKey calls in its region, one of them a rehearsal; a change of roles counts in both regions. */
function elsewhere(
  operation: string,
  quota: Quota,
  { ReplicaRegion: replica, PrimaryRegion: primary }: Request,
): readonly Count[] {
  const creation = managementQuota("CreateKey");
  if (operation === "ReplicateKey" && replica !== undefined && creation !== undefined)
    return [{ quota: creation, cost: 2, region: replica }];
  if (operation === "UpdatePrimaryRegion" && primary !== undefined)
    return [{ quota, region: primary }];
  return [];
}

/** By what is made, else by the kind of each key, and by the custom key store behind it: that one is its owner's, whoever calls. */
function cryptographicCounts(
  { KeyPairSpec: pair, CustomKeyStoreId: store }: Request,
  keys: readonly KmsKey[],
  { account, region }: Place,
): readonly Count[] {
  const counts: Count[] = [];
  if (pair !== undefined) counts.push({ quota: pairQuota(pair, region) });
  else if (keys.length === 0) counts.push({ quota: symmetricQuota(region) });
  else
    for (const { spec } of keys) {
      const quota = keyQuota(spec, region);
      if (counts.every((count) => count.quota.name !== quota.name)) counts.push({ quota });
    }
  if (store !== undefined) counts.push({ quota: storeQuota(store), account });
  for (const key of keys)
    if (key.customStore !== undefined)
      counts.push({ quota: storeQuota(key.customStore.storeId), account: key.account });
  return counts;
}
