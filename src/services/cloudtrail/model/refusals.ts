import { AwsError } from "../../../base/errors.ts";
import type { Trail } from "./trail.ts";
import { trailArn } from "./trail.ts";

/** The refusals of CloudTrail, in AWS's words. */

export function unknownTrail(named: string, account: string): AwsError {
  return new AwsError("TrailNotFoundException", `Unknown trail: ${named} for the user: ${account}`);
}

export function trailExists(name: string, account: string): AwsError {
  return new AwsError(
    "TrailAlreadyExistsException",
    `Trail ${name} already exists for customer: ${account}`,
  );
}

export function tooManyTrails(account: string, most: number, region: string): AwsError {
  return new AwsError(
    "MaximumNumberOfTrailsExceededException",
    `User: ${account} already has ${most} trails in ${region}.`,
  );
}

/** The refusal of a change from elsewhere. AWS does not document its words. */
export function notHomeRegion(trail: Trail): AwsError {
  return new AwsError(
    "InvalidHomeRegionException",
    `Trail ${trailArn(trail)} can be changed only in its home region ${trail.homeRegion}.`,
  );
}

export function wrongRegion(region: string): AwsError {
  return new AwsError(
    "CloudTrailARNInvalidException",
    `Region in ARN is wrong, you can only access resources in region ${region}.`,
  );
}

export function invalidArn(text: string): AwsError {
  return new AwsError("CloudTrailARNInvalidException", `${text} is not a valid ARN of a trail.`);
}

export function invalidName(message: string): AwsError {
  return new AwsError("InvalidTrailNameException", message);
}

export function noBucket(bucket: string): AwsError {
  return new AwsError("S3BucketDoesNotExistException", `S3 bucket ${bucket} does not exist!`);
}

export function bucketRefuses(bucket: string): AwsError {
  return new AwsError(
    "InsufficientS3BucketPolicyException",
    `Incorrect S3 bucket policy is detected for bucket: ${bucket}`,
  );
}

export function noKey(keyId: string): AwsError {
  return new AwsError("KmsKeyNotFoundException", `KMS key ${keyId} does not exist.`);
}

export function keyRefuses(bucket: string, keyId: string): AwsError {
  return new AwsError(
    "InsufficientEncryptionPolicyException",
    `Insufficient permissions to access S3 bucket ${bucket} or KMS key ${keyId}.`,
  );
}

export function noTopic(): AwsError {
  return new AwsError(
    "InsufficientSnsTopicPolicyException",
    "SNS Topic does not exist or the topic policy is incorrect!",
  );
}

export function noLogGroups(): AwsError {
  return new AwsError(
    "CloudWatchLogsDeliveryUnavailableException",
    "Cannot set a CloudWatch Logs delivery for this Region.",
  );
}

/** The refusal of a trail for a whole organization: accounts have trails of their own here. */
export function noOrganizationTrails(hasOrganization: boolean): AwsError {
  return hasOrganization
    ? new AwsError(
        "CloudTrailAccessNotEnabledException",
        "Trusted access between CloudTrail and Organizations is not enabled.",
      )
    : new AwsError(
        "OrganizationsNotInUseException",
        "Your account is not a member of an organization.",
      );
}

export function globalEventsNeeded(): AwsError {
  return new AwsError(
    "InvalidParameterCombinationException",
    "Multi-Region trail must include global service events.",
  );
}

/** The refusal of a token by an operation that never hands one out. */
export function reservedToken(): AwsError {
  return new AwsError("InvalidTokenException", "The token is not valid.");
}
