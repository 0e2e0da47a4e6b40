import { Lanes } from "../../../api/lanes.ts";
import { minute } from "../../../base/clock.ts";
import { AwsError } from "../../../base/errors.ts";
import { accessDenied, invalidArgument, noSuchBucket } from "../model/refusals.ts";
import type { ByteRange, OpenFile } from "./object-store.ts";
import type { Place, PlacedObject } from "./place.ts";
import { PlaceFailure } from "./place.ts";

/** A bucket whose objects are kept in a place of the operator's, and the only account that may own it. */
export interface KeptBucket {
  readonly account: string;
  readonly place: Place;
}

/** Told of every failure to write into a place or to remove from it. */
export type OnPlaceFailure = (bucket: string, failure: PlaceFailure) => void;

/** A call that wrote so long ago has ended: there is an object, or there will be none. */
const patience = 60 * minute;

/** The places of the operator's by the buckets that are kept there. Who writes and who removes under the same key take turns. */
export class Places {
  readonly #buckets: ReadonlyMap<string, KeptBucket>;
  readonly #onFailure: OnPlaceFailure;
  readonly #lanes = new Lanes();
  /** When this process wrote under which key, the newest last. */
  readonly #written = new Map<string, number>();

  constructor(buckets: ReadonlyMap<string, KeptBucket>, onFailure: OnPlaceFailure) {
    this.#buckets = buckets;
    this.#onFailure = onFailure;
  }

  /** The account for which the operator keeps a bucket; undefined for buckets that are kept in the data folder. */
  ownerOf(bucket: string): string | undefined {
    return this.#buckets.get(bucket)?.account;
  }

  /** Opens a part of an object for reading; `length` is how long all of it must be. Throws PlaceFailure. */
  async open(bucket: string, key: string, range: ByteRange, length: number): Promise<OpenFile> {
    return this.#get(bucket).open(key, range, length);
  }

  /** Writes an object before its row is committed. Throws AwsError, of which the log has the cause. */
  async write(bucket: string, object: PlacedObject, now: Date): Promise<void> {
    const name = nameOf(bucket, object.key);
    const leave = await this.#lanes.enter([name]);
    try {
      this.#note(name, now);
      await this.#get(bucket).write(object);
    } catch (error) {
      throw this.#refusal(bucket, object.key, error);
    } finally {
      leave();
    }
  }

  /** Who deletes an object knows that no call is under way that writes it. */
  settle(bucket: string, key: string): void {
    this.#written.delete(nameOf(bucket, key));
  }

  /** Removes what stands under a key that no object uses. Who is told `later`, because a call may be writing it, or `failed` asks again. */
  async remove(
    bucket: string,
    key: string,
    { isUsed, now }: { readonly isUsed: () => Promise<boolean>; readonly now: Date },
  ): Promise<"failed" | "later" | "removed"> {
    const place = this.#buckets.get(bucket)?.place;
    if (place === undefined) return "later";
    const leave = await this.#lanes.enter([nameOf(bucket, key)]);
    try {
      this.#forgetOld(now);
      if (this.#written.has(nameOf(bucket, key))) return "later";
      if (!(await isUsed())) await place.remove(key);
      return "removed";
    } catch (error) {
      if (!(error instanceof PlaceFailure)) throw error;
      this.#onFailure(bucket, error);
      // Something that is not ours has come in its place, and stays.
      return error.kind === "no such key" ? "removed" : "failed";
    } finally {
      leave();
    }
  }

  /** Forgets the secrets of all places: nothing works afterwards. */
  wipe(): void {
    for (const { place } of this.#buckets.values()) place.wipe();
  }

  #get(bucket: string): Place {
    const kept = this.#buckets.get(bucket);
    if (kept === undefined)
      throw new PlaceFailure("--buckets does not say where it is kept", { kind: "unavailable" });
    return kept.place;
  }

  #note(name: string, now: Date): void {
    this.#forgetOld(now);
    this.#written.delete(name);
    this.#written.set(name, now.getTime());
  }

  #forgetOld(now: Date): void {
    for (const [name, at] of this.#written) {
      if (at > now.getTime() - patience) return;
      this.#written.delete(name);
    }
  }

  #refusal(bucket: string, key: string, error: unknown): unknown {
    if (!(error instanceof PlaceFailure)) return error;
    this.#onFailure(bucket, error);
    if (error.kind === "refused") return accessDenied();
    if (error.kind === "no bucket") return noSuchBucket(bucket);
    if (error.kind === "no such key") return invalidArgument(error.message, "Key", key);
    return new AwsError("ServiceUnavailableException", "Service is unable to handle request.");
  }
}

function nameOf(bucket: string, key: string): string {
  return `${bucket}/${key}`;
}
