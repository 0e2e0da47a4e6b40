import { AwsError } from "../../base/errors.ts";
import type { Reader } from "../../database/database.ts";
import { countCustomerKeys } from "./tables/listings.ts";

/** AWS's resource quotas that somebody could want otherwise (facts 16.1). */
export interface ResourceQuotas {
  /** Customer managed keys of an account in a region, in any state. */
  readonly keys: number;
  readonly grantsOfKey: number;
}

export const usualQuotas: ResourceQuotas = { keys: 100_000, grantsOfKey: 50_000 };

const mostPlaces = 10_000;

/**
 * Keeps accounts within the number of customer managed keys that they may have in a region. Keys are counted only when
 * there could be too many: until then it is enough to know how many were made since. Calls at the same moment may pass
 * the last free place together.
 */
export class KeyRoom {
  readonly #reader: Reader;
  readonly #most: number;
  /** By account and region: there are at most so many keys. */
  readonly #bounds = new Map<string, number>();

  constructor(reader: Reader, most: number) {
    this.#reader = reader;
    this.#most = most;
  }

  /** Takes the place of a new key. Throws LimitExceededException. */
  async take(account: string, region: string): Promise<void> {
    const place = `${account}/${region}`;
    const bound = this.#bounds.get(place) ?? this.#most;
    const keys =
      bound < this.#most ? bound : await countCustomerKeys(this.#reader, account, region);
    if (keys >= this.#most)
      throw new AwsError(
        "LimitExceededException",
        `The account ${account} already has ${this.#most} KMS keys in ${region}.`,
      );
    if (this.#bounds.size >= mostPlaces) this.#bounds.clear();
    this.#bounds.set(place, keys + 1);
  }
}
