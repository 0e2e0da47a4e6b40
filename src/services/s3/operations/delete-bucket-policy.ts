import { structure } from "../../../shape/shape.ts";
import { bucketDemand } from "../demands.ts";
import type { Bucket } from "../model/bucket.ts";
import * as member from "../model/members.ts";
import { defineOperation } from "../operation.ts";
import { replaceBucket } from "../tables/buckets.ts";

/** Takes its policy from a bucket, whether it has one or not. */
export const deleteBucketPolicy = defineOperation({
  name: "DeleteBucketPolicy",
  readOnly: false,
  input: structure({ Bucket: member.bucket, ...member.expectedOwner }),
  rest: { method: "DELETE", level: "bucket", query: ["policy"], status: 204 },
  keys: { bucket: bucketDemand("s3:DeleteBucketPolicy") },
  audit: { request: ["Bucket"], renamed: member.renamed },

  handle({ keys: { bucket: thing } }) {
    const { policy, ...open }: Bucket = thing.bucket;
    if (policy === undefined) return { output: undefined };
    return { output: undefined, change: replaceBucket(thing.bucket, open, thing.domain) };
  },
});
