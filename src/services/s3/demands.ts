import type { S3Demand } from "./operation.ts";

interface OnBucket {
  readonly Bucket: string;
  readonly ExpectedBucketOwner?: string | undefined;
}

interface OnObject extends OnBucket {
  readonly Key: string;
}

/** What operations demand of the bucket that they name. */
export function bucketDemand(action: S3Demand<never>["action"]): S3Demand<OnBucket> {
  return {
    locate: ({ Bucket }) => Bucket,
    expectedOwner: ({ ExpectedBucketOwner }) => ExpectedBucketOwner,
    action,
    crossAccount: true,
  };
}

/** What operations demand of the object that they name. */
export function objectDemand(action: S3Demand<never>["action"]): S3Demand<OnObject> {
  return {
    locate: ({ Bucket }) => Bucket,
    key: ({ Key }) => Key,
    expectedOwner: ({ ExpectedBucketOwner }) => ExpectedBucketOwner,
    action,
    crossAccount: true,
  };
}
