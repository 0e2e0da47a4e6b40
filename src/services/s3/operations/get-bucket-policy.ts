import { required, structure } from "../../../shape/shape.ts";
import { shownBucketPolicy } from "../bucket-policy.ts";
import { bucketDemand } from "../demands.ts";
import * as member from "../model/members.ts";
import { noSuchBucketPolicy } from "../model/refusals.ts";
import { defineOperation } from "../operation.ts";

/** Shows the policy of a bucket. */
export const getBucketPolicy = defineOperation({
  name: "GetBucketPolicy",
  readOnly: true,
  input: structure({ Bucket: member.bucket, ...member.expectedOwner }),
  output: structure({ Policy: required(member.policyText) }),
  rest: { method: "GET", level: "bucket", query: ["policy"] },
  keys: { bucket: bucketDemand("s3:GetBucketPolicy") },
  audit: { request: ["Bucket"], renamed: member.renamed },

  async handle({ keys: { bucket: thing }, tools: { principals } }) {
    const { name, policy } = thing.bucket;
    if (policy === undefined) throw noSuchBucketPolicy(name);
    return { output: { Policy: await shownBucketPolicy(policy, principals) } };
  },
});
