import type { VersionRef } from "../../../database/commit.ts";
import type { Domain } from "../../../keystore/domain.ts";

/** A bucket. Its name is its own in the whole deployment, whatever its account and region. */
export interface Bucket {
  readonly name: string;
  readonly account: string;
  readonly region: string;
  readonly createdAt: Date;
  /** The bucket policy as it is stored: principals by their unique ids. */
  readonly policy?: string;
  readonly version: number;
}

/** A bucket with the keys of its account and region. */
export interface FoundBucket {
  readonly bucket: Bucket;
  readonly domain: Domain;
}

/** The name of a bucket's aggregate. */
export function bucketAggregate(name: string): string {
  return `bucket/${name}`;
}

export function bucketVersion({ name, version }: Pick<Bucket, "name" | "version">): VersionRef {
  return { aggregate: bucketAggregate(name), version };
}

export function bucketArn(name: string): string {
  return `arn:aws:s3:::${name}`;
}

/** Whether S3 allows a bucket to be called so. */
export function isBucketName(name: string): boolean {
  if (!/^[a-z0-9][a-z0-9.-]{1,61}[a-z0-9]$/.test(name)) return false;
  if (name.includes("..") || /^\d+\.\d+\.\d+\.\d+$/.test(name)) return false;
  return (
    !["xn--", "sthree-", "amzn-s3-demo-"].some((start) => name.startsWith(start)) &&
    !["-s3alias", "--ol-s3", ".mrap", "--x-s3", "--table-s3"].some((end) => name.endsWith(end))
  );
}
