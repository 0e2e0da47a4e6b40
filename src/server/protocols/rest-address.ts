import { isIP } from "node:net";
import { AwsError } from "../../base/errors.ts";
import { decodePercent, MalformedQueryError } from "../../crypto/canonical-request.ts";
import type { SignedMessage } from "../sigv4.ts";

/** What a request is about: nothing, a bucket, or an object in one. */
export interface Address {
  readonly bucket?: string;
  readonly key?: string;
}

/** Reads a bucket from the Host (`bucket.s3.us-east-1.example.com`) or else the path, and a key. Throws InvalidURI. */
export function readAddress({ headers, path }: Pick<SignedMessage, "headers" | "path">): Address {
  const decoded = decode(path).slice(1);
  const hosted = bucketOfHost(headers.get("host") ?? "");
  if (hosted !== undefined) return addressOf(hosted, decoded);
  const slash = decoded.indexOf("/");
  if (slash < 0) return addressOf(decoded, "");
  return addressOf(decoded.slice(0, slash), decoded.slice(slash + 1));
}

function addressOf(bucket: string, key: string): Address {
  if (bucket === "") return {};
  return key === "" ? { bucket } : { bucket, key };
}

/**
 * The bucket that a Host names: what stands before `.s3.` or `.s3-`, which only S3 has in its names, or before `.localhost`. A name of
 * its own for the server says nothing of buckets.
 */
function bucketOfHost(host: string): string | undefined {
  const name = host.replace(/:\d+$/, "").toLowerCase();
  if (isIP(name.replaceAll(/^\[|\]$/g, "")) !== 0) return undefined;
  const end = /^(.+?)\.(?:s3[.-].*|localhost)$/.exec(name)?.[1];
  return end === undefined || end === "s3" || end.startsWith("s3-") ? undefined : end;
}

/** Whether a Host is a name of S3, so that a request is for it even without a signature. */
export function isS3Host(host: string): boolean {
  return /(^|\.)s3[.-]/.test(host.toLowerCase());
}

function decode(path: string): string {
  try {
    return decodePercent(path);
  } catch (cause) {
    if (cause instanceof MalformedQueryError) throw invalidUri({ cause });
    throw cause;
  }
}

function invalidUri(options: ErrorOptions): AwsError {
  return new AwsError("InvalidURI", "Couldn't parse the specified URI.", options);
}
