import type { Principals } from "../../api/principals.ts";
import { shownPolicy, storedPolicy } from "../../api/principals.ts";
import { parsePolicy } from "../../authorization/policy-document.ts";
import { formatPolicy } from "../../authorization/policy-format.ts";
import { listOf } from "../../authorization/policy-members.ts";
import { AwsError } from "../../base/errors.ts";
import { bucketArn } from "./model/bucket.ts";

/** AWS's quota of a bucket policy, in bytes. */
const mostBytes = 20_480;

/** Reads a bucket policy as a caller wrote it and returns what is stored of it. Throws MalformedPolicy. */
export async function normalizeBucketPolicy(
  text: string,
  bucket: string,
  principals: Principals,
): Promise<string> {
  if (Buffer.byteLength(text, "utf8") > mostBytes)
    throw malformed("Policy exceeds the maximum allowed document size.");
  const document = parse(text);
  for (const { Action, NotAction, Resource, NotResource } of document.Statement) {
    if (![...listOf(Action), ...listOf(NotAction)].every(isOfS3))
      throw malformed("Policy has invalid action");
    if (![...listOf(Resource), ...listOf(NotResource)].every(isIn(bucket)))
      throw malformed("Policy has invalid resource");
  }
  const refuse = (): AwsError => malformed("Invalid principal in policy");
  return formatPolicy(await storedPolicy(document, principals, refuse));
}

/** A bucket policy as clients see it, in one line as S3 gives it. */
export async function shownBucketPolicy(policy: string, principals: Principals): Promise<string> {
  const shown = formatPolicy(await shownPolicy(parsePolicy(policy, "resource"), principals));
  return JSON.stringify(JSON.parse(shown));
}

function parse(text: string): ReturnType<typeof parsePolicy> {
  try {
    return parsePolicy(text, "resource");
  } catch (cause) {
    if (cause instanceof AwsError) throw malformed(cause.message, { cause });
    throw cause;
  }
}

function isOfS3(action: string): boolean {
  return action === "*" || action.toLowerCase().startsWith("s3:");
}

function isIn(bucket: string): (resource: string) => boolean {
  const arn = bucketArn(bucket);
  return (resource) => resource === arn || resource === `${arn}*` || resource.startsWith(`${arn}/`);
}

function malformed(message: string, options?: ErrorOptions): AwsError {
  return new AwsError("MalformedPolicy", message, options);
}
