import { map, placed, required, string, structure, timestamp } from "../../../shape/shape.ts";

/** Members that requests and answers share, in their places. */
export const bucket = required(placed({ in: "path", name: "Bucket" }, string()));
export const key = required(placed({ in: "path", name: "Key" }, string({ min: 1 })));

export function header(name: string) {
  return placed({ in: "header", name }, string());
}

export function query(name: string) {
  return placed({ in: "query", name }, string());
}

/** Of requests on a bucket. */
export const expectedOwner = {
  ExpectedBucketOwner: header("x-amz-expected-bucket-owner"),
};

export const policyText = placed({ in: "payload" }, string());

export const metadata = placed({ in: "headers", prefix: "x-amz-meta-" }, map(string()));

export const owner = structure({ ID: string() });

/** Headers that an object keeps. */
export const objectHeaders = {
  CacheControl: header("Cache-Control"),
  ContentDisposition: header("Content-Disposition"),
  ContentEncoding: header("Content-Encoding"),
  ContentLanguage: header("Content-Language"),
  ContentType: header("Content-Type"),
};

export const lastModified = placed({ in: "header", name: "Last-Modified" }, timestamp);

/** How an object is encrypted. */
export const encryption = {
  ServerSideEncryption: header("x-amz-server-side-encryption"),
  SSEKMSKeyId: header("x-amz-server-side-encryption-aws-kms-key-id"),
};

/** How audit records call members. */
export const renamed = { bucket: "bucketName" };
