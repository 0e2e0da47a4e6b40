import { decideFor } from "../../api/authorize.ts";
import type { CallContext } from "../../api/context.ts";
import type { Protection } from "../../api/registry.ts";
import type { CompiledPolicy } from "../../authorization/compile.ts";
import { compilePolicy } from "../../authorization/compile.ts";
import { parsePolicy } from "../../authorization/policy-document.ts";
import { AwsError } from "../../base/errors.ts";
import type { Bucket, FoundBucket } from "./model/bucket.ts";
import { bucketArn, bucketVersion } from "./model/bucket.ts";
import { objectAggregate } from "./model/object.ts";
import { accessDenied, elsewhere, noSuchBucket, noSuchKey } from "./model/refusals.ts";
import type { S3Demand, S3Thing, S3Tools } from "./operation.ts";

const longestKey = 1_024;

/** Finds the bucket or object that a request names. Throws NoSuchBucket, KeyTooLongError and InvalidArgument; a missing object is a thing, too. */
export async function locateThing(
  demand: S3Demand<unknown>,
  input: unknown,
  tools: Pick<S3Tools, "buckets" | "objects">,
): Promise<S3Thing> {
  const name = demand.locate(input) ?? "";
  const key = demand.key?.(input);
  if (key !== undefined) requireKey(key);
  const found = await tools.buckets.find(name);
  if (found === undefined) throw noSuchBucket(name);
  return key === undefined ? bucketThing(found) : objectThing(found, key, tools);
}

function bucketThing(found: FoundBucket): S3Thing {
  const { bucket } = found;
  return {
    ...found,
    arn: bucketArn(bucket.name),
    account: bucket.account,
    type: "AWS::S3::Bucket",
    version: bucketVersion(bucket),
  };
}

async function objectThing(
  found: FoundBucket,
  key: string,
  { objects }: Pick<S3Tools, "objects">,
): Promise<S3Thing> {
  const { bucket, domain } = found;
  const object = await objects.find(bucket.name, key, domain);
  return {
    ...found,
    arn: `${bucketArn(bucket.name)}/${key}`,
    account: bucket.account,
    type: "AWS::S3::Object",
    key,
    ...(object === undefined ? {} : { object }),
    version: { aggregate: objectAggregate(bucket.name, key), version: object?.version ?? 0 },
    relied: [bucketVersion(bucket)],
  };
}

/** Keys are any text of at most 1,024 bytes; a character that not every database can hold is not text here. */
function requireKey(key: string): void {
  if (Buffer.byteLength(key, "utf8") > longestKey)
    throw new AwsError("KeyTooLongError", "Your key is too long", {
      details: { Size: String(Buffer.byteLength(key, "utf8")), MaxSizeAllowed: String(longestKey) },
    });
  if (key.includes("\0") || !key.isWellFormed())
    throw new AwsError("InvalidURI", "Couldn't parse the specified URI.");
}

/** What a bucket policy forbids these, the root user of the bucket's owner may do all the same, or nobody could undo it. */
const forRoot: readonly string[] = [
  "s3:DeleteBucketPolicy",
  "s3:GetBucketPolicy",
  "s3:PutBucketPolicy",
];

/** The bucket policy over a thing. An identity policy of the owner's account is as good. */
export function protectionOf(
  { bucket }: S3Thing,
  { action }: S3Demand<unknown>,
  context: CallContext,
): Protection {
  const { principal } = context.caller;
  const spared =
    forRoot.includes(action) && principal.type === "Root" && principal.account === bucket.account;
  const policy = spared ? undefined : policyOf(bucket);
  return {
    policies: policy === undefined ? {} : { resource: { policy, trust: "either" } },
    owner: bucket.account,
    // Who is of another account learns nothing of the policies here.
    denial: () => (context.account === bucket.account ? undefined : accessDenied().message),
    conditions: () => ({}),
  };
}

function policyOf({ name, policy }: Bucket): CompiledPolicy | undefined {
  if (policy === undefined) return undefined;
  return compilePolicy(parsePolicy(policy, "resource"), {
    kind: "resource",
    name: `bucket policy of ${name}`,
  });
}

/** Refuses an owner that is not the expected one, a bucket of another region, and an object that there is not. */
export function checkThing(thing: S3Thing, demand: S3Demand<unknown>, context: CallContext): void {
  const { bucket, key, object } = thing;
  const isDirect = context.invokedBy === undefined;
  if (isDirect && !demand.anyRegion && bucket.region !== context.region)
    throw elsewhere(bucket.name, bucket.region);
  if (demand.existing !== true || object !== undefined || key === undefined) return;
  // Whether there is an object is for those only who may list the bucket.
  throw mayList(thing, context) ? noSuchKey(key) : accessDenied();
}

function mayList(thing: S3Thing, context: CallContext): boolean {
  const demand: S3Demand<unknown> = {
    action: "s3:ListBucket",
    locate: () => thing.bucket.name,
    crossAccount: true,
  };
  const { policies, owner } = protectionOf(thing, demand, context);
  return decideFor(context, {
    action: demand.action,
    resource: bucketArn(thing.bucket.name),
    resourceAccount: owner,
    policies,
    conditions: () => ({}),
  }).decision.allowed;
}
