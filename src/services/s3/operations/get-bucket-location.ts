import { string, structure } from "../../../shape/shape.ts";
import { bucketDemand } from "../demands.ts";
import * as member from "../model/members.ts";
import { defineOperation } from "../operation.ts";

/** Tells the region of a bucket: nothing for us-east-1, which had no name when S3 began. */
export const getBucketLocation = defineOperation({
  name: "GetBucketLocation",
  readOnly: true,
  input: structure({ Bucket: member.bucket, ...member.expectedOwner }),
  output: structure({ LocationConstraint: string() }),
  rest: { method: "GET", level: "bucket", query: ["location"] },
  keys: { bucket: { ...bucketDemand("s3:GetBucketLocation"), anyRegion: true } },
  audit: { request: ["Bucket"], renamed: member.renamed },

  handle({ keys: { bucket: thing } }) {
    const { region } = thing.bucket;
    return { output: { LocationConstraint: region === "us-east-1" ? undefined : region } };
  },
});
