import type { CallContext } from "../../api/context.ts";
import type { DeliveryTarget, DeliveryTargets } from "../../api/delivery-targets.ts";
import { AwsError } from "../../base/errors.ts";
import {
  bucketRefuses,
  globalEventsNeeded,
  keyRefuses,
  noBucket,
  noKey,
  noLogGroups,
  noOrganizationTrails,
  noTopic,
} from "./model/refusals.ts";
import type { Trail } from "./model/trail.ts";
import { deliveryPrefix, trailArn } from "./model/trail.ts";

/** What a request says of a trail beside its name. An empty text takes a setting away. */
export interface Settings {
  readonly S3BucketName?: string | undefined;
  readonly S3KeyPrefix?: string | undefined;
  readonly SnsTopicName?: string | undefined;
  readonly IncludeGlobalServiceEvents?: boolean | undefined;
  readonly IsMultiRegionTrail?: boolean | undefined;
  readonly EnableLogFileValidation?: boolean | undefined;
  readonly CloudWatchLogsLogGroupArn?: string | undefined;
  readonly CloudWatchLogsRoleArn?: string | undefined;
  readonly KmsKeyId?: string | undefined;
  readonly IsOrganizationTrail?: boolean | undefined;
  readonly RecursiveLogging?: boolean | undefined;
}

/** Refuses what trails cannot do here, and what no bucket or prefix can be called. */
export function requireSettings(settings: Settings, { caller }: CallContext): void {
  const { S3BucketName, S3KeyPrefix = "", IsOrganizationTrail } = settings;
  if (IsOrganizationTrail === true) throw noOrganizationTrails(caller.organization !== undefined);
  if (settings.SnsTopicName) throw noTopic();
  if (settings.CloudWatchLogsLogGroupArn || settings.CloudWatchLogsRoleArn) throw noLogGroups();
  if (S3BucketName !== undefined && !isBucketName(S3BucketName))
    throw new AwsError("InvalidS3BucketNameException", `Bucket name is invalid: ${S3BucketName}`);
  if (S3KeyPrefix.length > longestPrefix || !/^[\w!.*'()/-]*$/.test(S3KeyPrefix))
    throw new AwsError("InvalidS3PrefixException", `S3 prefix is invalid: ${S3KeyPrefix}`);
}

const longestPrefix = 200;

function isBucketName(name: string): boolean {
  return (
    /^[a-z0-9][a-z0-9.-]{1,61}[a-z0-9]$/.test(name) &&
    !name.includes("..") &&
    !/^\d+(\.\d+){3}$/.test(name)
  );
}

/** A trail with what a request says, but for its key. Throws InvalidParameterCombinationException. */
export function withSettings(before: Trail, settings: Settings): Trail {
  const { prefix: _prefix, ...rest } = before;
  const prefix = (settings.S3KeyPrefix ?? before.prefix ?? "").replace(/\/+$/, "");
  const multiRegion = settings.IsMultiRegionTrail ?? before.multiRegion;
  const globalEvents = settings.IncludeGlobalServiceEvents ?? before.globalEvents;
  if (multiRegion && !globalEvents) throw globalEventsNeeded();
  const recursive = settings.RecursiveLogging ?? before.recursive;
  return {
    ...rest,
    bucket: settings.S3BucketName ?? before.bucket,
    ...(prefix === "" ? {} : { prefix }),
    multiRegion,
    globalEvents,
    validation: settings.EnableLogFileValidation ?? before.validation,
    ...(recursive === undefined ? {} : { recursive }),
  };
}

/**
 * The trail with the key that it encrypts under, once bucket and key admit the service. Throws S3BucketDoesNotExistException,
 * InsufficientS3BucketPolicyException, KmsKeyNotFoundException, InsufficientEncryptionPolicyException.
 */
export async function admitted(
  trail: Trail,
  keyId: string | undefined,
  targets: DeliveryTargets,
): Promise<Trail> {
  const target = targetOf(trail);
  const bucket = await targets.bucket(target);
  if (bucket === "missing") throw noBucket(trail.bucket);
  if (bucket === "refused") throw bucketRefuses(trail.bucket);
  const { kmsKeyArn = "", ...rest } = trail;
  const named = keyId ?? kmsKeyArn;
  if (named === "") return rest;
  const key = await targets.key(named, target);
  if (key === "missing") throw noKey(named);
  if (key === "refused") throw keyRefuses(trail.bucket, named);
  return { ...rest, kmsKeyArn: key.arn };
}

function targetOf(trail: Trail): DeliveryTarget {
  return {
    account: trail.account,
    region: trail.homeRegion,
    bucket: trail.bucket,
    object: `${deliveryPrefix(trail)}CloudTrail/`,
    service: "cloudtrail.amazonaws.com",
    source: trailArn(trail),
  };
}
