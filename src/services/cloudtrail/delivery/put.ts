import { promisify } from "node:util";
import { gzip } from "node:zlib";
import { CallContext } from "../../../api/context.ts";
import type { InvokeInside } from "../../../api/invoke.ts";
import { parseArn } from "../../../base/arn.ts";
import { AwsError } from "../../../base/errors.ts";
import type { Ids } from "../../../crypto/random.ts";
import type { Trail } from "../model/trail.ts";
import { trailArn } from "../model/trail.ts";

/** What is written into a trail's bucket. */
export interface DeliveredObject {
  readonly key: string;
  /** Before compression. */
  readonly bytes: Uint8Array;
  readonly metadata?: Readonly<Record<string, string>>;
}

/** With what objects are written. */
export interface Writing {
  readonly inside: InvokeInside;
  readonly ids: Ids;
}

/** How the attempt to write an object ended: with a fault that GetTrailStatus shows, or with one of ours besides. */
export type Written =
  | { readonly error?: undefined }
  | { readonly error: string; readonly fault?: unknown };

const service = "cloudtrail.amazonaws.com";
const compress = promisify(gzip);

/** Writes an object into a trail's bucket as the service principal: the policies of bucket and key decide. Never rejects. */
export async function writeObject(
  { inside, ids }: Writing,
  trail: Trail,
  { key, bytes, metadata = {} }: DeliveredObject,
  now: Date,
): Promise<Written> {
  const source = { service, sourceArn: trailArn(trail), sourceAccount: trail.account };
  const context = CallContext.asService(source, {
    region: parseArn(trail.kmsKeyArn ?? "")?.region ?? trail.homeRegion,
    requestId: ids.uuid(),
    time: now,
  });
  try {
    await inside({
      service: "s3",
      operation: "PutObject",
      context,
      input: {
        Bucket: trail.bucket,
        Key: key,
        Body: (await compress(bytes)).toString("base64"),
        ContentType: "application/json",
        ContentEncoding: "gzip",
        Metadata: metadata,
        // The owner of the bucket shall own what others' trails write there; bucket policies demand it.
        ACL: "bucket-owner-full-control",
        ...encryption(trail),
      },
    });
    return {};
  } catch (error) {
    return error instanceof AwsError
      ? { error: faultName(error) }
      : { error: "InternalError", fault: error };
  }
}

function encryption(trail: Trail) {
  if (trail.kmsKeyArn === undefined) return {};
  const context = JSON.stringify({ "aws:cloudtrail:arn": trailArn(trail) });
  return {
    ServerSideEncryption: "aws:kms",
    SSEKMSKeyId: trail.kmsKeyArn,
    SSEKMSEncryptionContext: Buffer.from(context).toString("base64"),
  };
}

/** Faults of keys, as S3 hands them on. */
const keyFaults: readonly string[] = [
  "DisabledException",
  "InvalidKeyUsageException",
  "KMSInvalidStateException",
  "KeyUnavailableException",
  "NotFoundException",
];

/** A fault as GetTrailStatus calls it: by S3's name. */
function faultName({ code }: AwsError): string {
  if (code === "AccessDeniedException") return "AccessDenied";
  if (code === "ServiceUnavailableException") return "ServiceUnavailable";
  return keyFaults.includes(code) ? `KMS.${code}` : code;
}
