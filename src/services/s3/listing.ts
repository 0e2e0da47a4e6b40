import {
  boolean,
  integer,
  list,
  required,
  string,
  structure,
  timestamp,
} from "../../shape/shape.ts";
import { bucketDemand } from "./demands.ts";
import type { ListingPage, ListingQuery } from "./model/listing.ts";
import { canonicalId, listPage } from "./model/listing.ts";
import * as member from "./model/members.ts";
import type { StoredObject } from "./model/object.ts";
import type { S3Demand, S3Thing, S3Tools } from "./operation.ts";

/** Members that both forms of a listing have. */
export const listingInput = {
  Bucket: member.bucket,
  Prefix: member.query("prefix"),
  Delimiter: member.query("delimiter"),
  MaxKeys: member.query("max-keys"),
  EncodingType: member.query("encoding-type"),
  ...member.expectedOwner,
};

export const listingOutput = {
  Name: required(string()),
  Prefix: required(string()),
  Delimiter: string(),
  MaxKeys: required(integer()),
  EncodingType: string(),
  IsTruncated: required(boolean),
  Contents: required(
    list(
      structure({
        Key: string(),
        LastModified: timestamp,
        ETag: string(),
        Size: integer(),
        Owner: member.owner,
        StorageClass: string(),
      }),
    ),
  ),
  CommonPrefixes: required(list(structure({ Prefix: string() }))),
};

interface Asked {
  readonly Bucket: string;
  readonly Prefix?: string | undefined;
  readonly Delimiter?: string | undefined;
  readonly MaxKeys?: string | undefined;
}

/** The permission to list a bucket, with what is asked for as condition values. */
export const listDemand: S3Demand<Asked> = {
  ...bucketDemand("s3:ListBucket"),
  conditions: ({ Prefix, Delimiter, MaxKeys }) => ({
    "s3:prefix": Prefix,
    "s3:delimiter": Delimiter,
    "s3:max-keys": MaxKeys,
  }),
};

/** A page of a bucket's objects; a page of nothing is the last. */
export function readPage(
  { bucket, domain }: S3Thing,
  query: ListingQuery,
  { objects }: S3Tools,
): Promise<ListingPage> | ListingPage {
  if (query.limit === 0) return { objects: [], prefixes: [] };
  return listPage(query, (start, limit) => objects.list(bucket.name, start, limit, domain));
}

/** Objects as a listing shows them. */
export function contentsOf(
  objects: readonly StoredObject[],
  encode: (text: string) => string,
  owner?: string,
) {
  return objects.map(({ key, modifiedAt, etag, size }) => ({
    Key: encode(key),
    LastModified: modifiedAt,
    ETag: `"${etag}"`,
    Size: size,
    Owner: owner === undefined ? undefined : { ID: canonicalId(owner) },
    StorageClass: "STANDARD",
  }));
}
