import { integer, placed, required, string } from "../../shape/shape.ts";
import * as member from "./model/members.ts";
import type { ObjectEncryption, StoredObject } from "./model/object.ts";

/** What a request may have said of an object in place of what the object says; nothing that could end a header. */
const overrides = {
  ResponseCacheControl: override("cache-control"),
  ResponseContentDisposition: override("content-disposition"),
  ResponseContentEncoding: override("content-encoding"),
  ResponseContentLanguage: override("content-language"),
  ResponseContentType: override("content-type"),
  ResponseExpires: override("expires"),
};

function override(header: string) {
  const value = string({ min: 0, max: 2048, pattern: /[\u0020-\u007E]*/ });
  return placed({ in: "query", name: `response-${header}` }, value);
}

/** What requests for an object may carry. */
export const readInput = {
  Bucket: member.bucket,
  Key: member.key,
  Range: member.header("range"),
  IfMatch: member.header("if-match"),
  IfNoneMatch: member.header("if-none-match"),
  IfModifiedSince: member.header("if-modified-since"),
  IfUnmodifiedSince: member.header("if-unmodified-since"),
  ...overrides,
  ...member.expectedOwner,
};

/** What answers say of an object. */
export const readOutput = {
  StatusCode: required(placed({ in: "status" }, integer())),
  AcceptRanges: required(member.header("Accept-Ranges")),
  ContentRange: member.header("Content-Range"),
  ETag: required(member.header("ETag")),
  LastModified: required(member.lastModified),
  ...member.objectHeaders,
  Expires: member.header("Expires"),
  ...member.encryption,
  Metadata: required(member.metadata),
};

/** How audit records call members of requests for an object. */
export const objectAudit = {
  request: ["Bucket", "Key"],
  renamed: member.renamed,
} as const;

/** The description of an object, or of a part of it, as its reader asked for it. */
export function describeObject(
  object: StoredObject,
  asked: { readonly [name in keyof typeof overrides]?: string | undefined },
  range?: { readonly from: number; readonly to: number },
) {
  const { size, etag, modifiedAt, headers, metadata, encryption } = object;
  return {
    StatusCode: range === undefined ? 200 : 206,
    AcceptRanges: "bytes",
    ContentRange: range && `bytes ${range.from}-${range.to - 1}/${size}`,
    ETag: `"${etag}"`,
    LastModified: modifiedAt,
    CacheControl: asked.ResponseCacheControl ?? headers.CacheControl,
    ContentDisposition: asked.ResponseContentDisposition ?? headers.ContentDisposition,
    ContentEncoding: asked.ResponseContentEncoding ?? headers.ContentEncoding,
    ContentLanguage: asked.ResponseContentLanguage ?? headers.ContentLanguage,
    ContentType: asked.ResponseContentType ?? headers.ContentType ?? "binary/octet-stream",
    Expires: asked.ResponseExpires,
    ...describeEncryption(encryption),
    Metadata: metadata,
  };
}

/** What answers say of the encryption of an object; nothing of one that is stored as it is. */
export function describeEncryption(encryption: ObjectEncryption) {
  return {
    ServerSideEncryption: encryption.kind === "none" ? undefined : encryption.kind,
    SSEKMSKeyId: encryption.kind === "aws:kms" ? encryption.keyId : undefined,
  };
}

/** The object that a thing is, which `check` has found to be there. */
export function requireObject(object: StoredObject | undefined): StoredObject {
  if (object === undefined) throw new TypeError("the object was not checked for");
  return object;
}
