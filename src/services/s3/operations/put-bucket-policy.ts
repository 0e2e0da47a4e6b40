import { required, structure } from "../../../shape/shape.ts";
import { normalizeBucketPolicy } from "../bucket-policy.ts";
import { bucketDemand } from "../demands.ts";
import * as member from "../model/members.ts";
import { defineOperation } from "../operation.ts";
import { replaceBucket } from "../tables/buckets.ts";

/** Gives a bucket a policy, or another one. */
export const putBucketPolicy = defineOperation({
  name: "PutBucketPolicy",
  readOnly: false,
  input: structure({
    Bucket: member.bucket,
    Policy: required(member.policyText),
    ...member.expectedOwner,
  }),
  rest: { method: "PUT", level: "bucket", query: ["policy"], status: 204 },
  keys: { bucket: bucketDemand("s3:PutBucketPolicy") },
  audit: {
    request: ["Bucket", "Policy"],
    renamed: { ...member.renamed, policy: "bucketPolicy" },
  },

  async handle({ input: { Policy }, keys: { bucket: thing }, tools: { principals } }) {
    const { bucket, domain } = thing;
    const policy = await normalizeBucketPolicy(Policy, bucket.name, principals);
    return { output: undefined, change: replaceBucket(bucket, { ...bucket, policy }, domain) };
  },
});
