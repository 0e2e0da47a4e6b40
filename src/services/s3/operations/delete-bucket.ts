import { AwsError } from "../../../base/errors.ts";
import { structure } from "../../../shape/shape.ts";
import { bucketDemand } from "../demands.ts";
import * as member from "../model/members.ts";
import { defineOperation } from "../operation.ts";
import { deleteBucket as remove } from "../tables/buckets.ts";

/** Deletes a bucket that holds nothing. */
export const deleteBucket = defineOperation({
  name: "DeleteBucket",
  readOnly: false,
  input: structure({ Bucket: member.bucket, ...member.expectedOwner }),
  rest: { method: "DELETE", level: "bucket", status: 204 },
  keys: { bucket: bucketDemand("s3:DeleteBucket") },
  audit: { request: ["Bucket"], renamed: member.renamed },

  async handle({ keys: { bucket: thing }, tools: { objects } }) {
    const { bucket, domain } = thing;
    const from = { key: "", inclusive: true };
    const held = await objects.list(bucket.name, from, 1, domain);
    if (held.length > 0)
      throw new AwsError("BucketNotEmpty", "The bucket you tried to delete is not empty", {
        details: { BucketName: bucket.name },
      });
    return { output: undefined, change: remove(bucket) };
  },
});
