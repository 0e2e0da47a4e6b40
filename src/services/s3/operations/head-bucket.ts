import { placed, required, string, structure } from "../../../shape/shape.ts";
import { bucketDemand } from "../demands.ts";
import * as member from "../model/members.ts";
import { defineOperation } from "../operation.ts";

/** Says that there is a bucket, and where. */
export const headBucket = defineOperation({
  name: "HeadBucket",
  readOnly: true,
  input: structure({ Bucket: member.bucket, ...member.expectedOwner }),
  output: structure({
    BucketRegion: required(placed({ in: "header", name: "x-amz-bucket-region" }, string())),
    BucketArn: required(placed({ in: "header", name: "x-amz-bucket-arn" }, string())),
  }),
  rest: { method: "HEAD", level: "bucket" },
  keys: { bucket: bucketDemand("s3:ListBucket") },
  audit: { request: ["Bucket"], renamed: member.renamed },

  handle: ({ keys: { bucket: thing } }) => ({
    output: { BucketRegion: thing.bucket.region, BucketArn: thing.arn },
  }),
});
