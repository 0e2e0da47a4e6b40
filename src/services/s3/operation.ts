import type { Operation, Thing, ThingDemand } from "../../api/operation.ts";
import type { Principals } from "../../api/principals.ts";
import type { Ids } from "../../crypto/random.ts";
import type { FoundBucket } from "./model/bucket.ts";
import type { StoredObject } from "./model/object.ts";
import type { KeysInUse } from "./object-bytes.ts";
import type { ObjectStore } from "./store/object-store.ts";
import type { Places } from "./store/places.ts";
import type { BucketTables } from "./tables/buckets.ts";
import type { ObjectTables } from "./tables/objects.ts";
import type { RemovalTables } from "./tables/removals.ts";

/** A bucket, or an object in one, that a request names. */
export interface S3Thing extends Thing, FoundBucket {
  /** Of an object. */
  readonly key?: string;
  /** Of an object that there is. */
  readonly object?: StoredObject;
}

/** What an operation demands of one bucket or object before its handler runs. */
export interface S3Demand<Input> extends ThingDemand<Input> {
  readonly action: `s3:${string}`;
  /** Finds the key in the request, for operations on objects. */
  readonly key?: (input: Input) => string;
  /** Whether there must be such an object. */
  readonly existing?: boolean;
  /** Whether the bucket may be in another region than the one that the request was signed for. */
  readonly anyRegion?: boolean;
  /** The account that the caller takes for the bucket's owner. */
  readonly expectedOwner?: (input: Input) => string | undefined;
}

/** What handlers of this service work with. */
export interface S3Tools {
  readonly buckets: BucketTables;
  readonly objects: ObjectTables;
  readonly removals: RemovalTables;
  readonly store: ObjectStore;
  readonly places: Places;
  readonly keysInUse: KeysInUse;
  readonly principals: Principals;
  readonly ids: Ids;
  /** The regions that are served; undefined means every well-formed name. */
  readonly regions?: readonly string[] | undefined;
}

/** Declares an operation of S3; the types of input, output and things follow from its data. */
export function defineOperation<Input, Output, Secret, Names extends string = never>(
  operation: Operation<Input, Output, Secret, Names, S3Demand<Input>, S3Thing, S3Tools>,
): Operation<Input, Output, Secret, Names, S3Demand<Input>, S3Thing, S3Tools> {
  return Object.freeze(operation);
}
