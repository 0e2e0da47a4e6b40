import type { CallContext } from "../../../api/context.ts";
import { isRegionName } from "../../../base/arn.ts";
import { AwsError } from "../../../base/errors.ts";
import { placed, string, structure } from "../../../shape/shape.ts";
import { bucketAggregate, bucketArn, isBucketName } from "../model/bucket.ts";
import * as member from "../model/members.ts";
import { invalidBucketName } from "../model/refusals.ts";
import type { S3Tools } from "../operation.ts";
import { defineOperation } from "../operation.ts";

/** Creates a bucket, whose name is its own in all accounts and regions. */
export const createBucket = defineOperation({
  name: "CreateBucket",
  readOnly: false,
  input: structure({
    Bucket: member.bucket,
    LocationConstraint: string(),
    ACL: member.header("x-amz-acl"),
  }),
  output: structure({ Location: placed({ in: "header", name: "Location" }, string()) }),
  rest: { method: "PUT", level: "bucket" },
  identity: [
    {
      action: "s3:CreateBucket",
      resource: ({ Bucket }) => bucketArn(Bucket),
      conditions: ({ LocationConstraint, ACL }) => ({
        "s3:locationconstraint": LocationConstraint,
        "s3:x-amz-acl": ACL,
      }),
    },
  ],
  keys: {},
  audit: { request: ["Bucket", "LocationConstraint", "ACL"], renamed: member.renamed },

  async handle({ input: { Bucket: name, LocationConstraint, ACL }, context, tools }) {
    if (!isBucketName(name)) throw invalidBucketName(name);
    if (ACL !== undefined && ACL !== "private") throw noAcl();
    const keptFor = tools.places.ownerOf(name);
    if (keptFor !== undefined && keptFor !== context.account) throw taken(name);
    const region = regionOf(LocationConstraint, context, tools);
    const output = { Location: `/${name}` };
    const found = await tools.buckets.find(name);
    if (found !== undefined) {
      const { account, region: there } = found.bucket;
      if (account !== context.account) throw taken(name);
      // As in AWS, only there.
      if (there === usual && region === usual) return { output };
      throw owned(name);
    }
    const { account, time: createdAt } = context;
    const bucket = { name, account, region, createdAt, version: tools.ids.version() };
    const relied = [{ aggregate: bucketAggregate(name), version: 0 }];
    return { output, change: await tools.buckets.insert(bucket), relied };
  },
});

const usual = "us-east-1";

function regionOf(
  constraint: string | undefined,
  { region }: CallContext,
  { regions }: S3Tools,
): string {
  const asked = constraint === "EU" ? "eu-west-1" : (constraint ?? "");
  if (asked === "" && region === usual) return usual;
  const served = isRegionName(asked) && regions?.includes(asked) !== false && asked !== usual;
  if (asked !== "" && !served)
    throw new AwsError(
      "InvalidLocationConstraint",
      "The specified location-constraint is not valid",
      { details: { LocationConstraint: asked } },
    );
  if (region !== usual && asked !== region) throw illegalConstraint(asked);
  return asked;
}

function illegalConstraint(asked: string): AwsError {
  const which = asked === "" ? "unspecified" : asked;
  return new AwsError(
    "IllegalLocationConstraintException",
    `The ${which} location constraint is incompatible for the region specific endpoint this request was sent to.`,
  );
}

function noAcl(): AwsError {
  return new AwsError(
    "InvalidBucketAclWithObjectOwnership",
    "Bucket cannot have ACLs set with ObjectOwnership's BucketOwnerEnforced setting",
  );
}

function taken(name: string): AwsError {
  return new AwsError(
    "BucketAlreadyExists",
    "The requested bucket name is not available. The bucket namespace is shared by all users of the system. Please select a different name and try again.",
    { details: { BucketName: name } },
  );
}

function owned(name: string): AwsError {
  return new AwsError(
    "BucketAlreadyOwnedByYou",
    "Your previous request to create the named bucket succeeded and you already own it.",
    { details: { BucketName: name } },
  );
}
