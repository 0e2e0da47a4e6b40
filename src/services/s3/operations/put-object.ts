import { hash } from "node:crypto";
import type { Forward } from "../../../api/invoke.ts";
import { AwsError } from "../../../base/errors.ts";
import { sealObject } from "../../../crypto/object-cipher.ts";
import { blob, placed, required, structure } from "../../../shape/shape.ts";
import { objectDemand } from "../demands.ts";
import type { ObjectKey } from "../encryption.ts";
import { contextOf, newDataKey, newOwnKey } from "../encryption.ts";
import * as member from "../model/members.ts";
import type { ObjectEncryption, ObjectHeaders } from "../model/object.ts";
import { invalidArgument } from "../model/refusals.ts";
import { objectAudit } from "../object-answer.ts";
import type { S3Thing } from "../operation.ts";
import { defineOperation } from "../operation.ts";
import { storeObject } from "../tables/objects.ts";

/** Stores an object. Only services of ours can ask for it yet. */
export const putObject = defineOperation({
  name: "PutObject",
  readOnly: false,
  category: "Data",
  input: structure({
    Bucket: member.bucket,
    Key: member.key,
    Body: required(placed({ in: "payload" }, blob())),
    ACL: member.header("x-amz-acl"),
    SSEKMSEncryptionContext: member.header("x-amz-server-side-encryption-context"),
    Metadata: member.metadata,
    ...member.objectHeaders,
    ...member.encryption,
    ...member.expectedOwner,
  }),
  output: structure({ ETag: required(member.header("ETag")), ...member.encryption }),
  keys: {
    object: {
      ...objectDemand("s3:PutObject"),
      conditions: (input) => ({
        "s3:x-amz-acl": input.ACL,
        "s3:x-amz-server-side-encryption": input.ServerSideEncryption,
        "s3:x-amz-server-side-encryption-aws-kms-key-id": input.SSEKMSKeyId,
      }),
    },
  },
  audit: objectAudit,

  async handle({ input, keys: { object: thing }, context, tools: { ids, store }, forward }) {
    requireOwnAcl(input.ACL);
    const { bucket, key: name = "", object: before, domain } = thing;
    const fileId = ids.uuid();
    const { key, encryption } = await keyFor(input, thing, { fileId, forward });
    const sealed = sealObject(key, input.Body);
    key.fill(0);
    await store.write(fileId, sealed);
    const object = {
      ...{ bucket: bucket.name, key: name, size: input.Body.length, fileId, encryption },
      etag: encryption.kind === "AES256" ? hash("md5", input.Body, "hex") : ids.hex(16),
      modifiedAt: context.time,
      headers: headersOf(input),
      metadata: input.Metadata ?? {},
      version: before === undefined ? ids.version() : before.version + 1,
    };
    const sse = { ServerSideEncryption: encryption.kind, SSEKMSKeyId: keyIdOf(encryption) };
    const output = { ETag: `"${object.etag}"`, ...sse };
    return { output, change: storeObject(object, before, domain) };
  },
});

interface Asked {
  readonly ServerSideEncryption?: string | undefined;
  readonly SSEKMSKeyId?: string | undefined;
  readonly SSEKMSEncryptionContext?: string | undefined;
}

/** Under the KMS key that the request names, or S3's own of the account. Throws InvalidArgument, and what KMS refuses with. */
async function keyFor(
  asked: Asked,
  { arn, domain }: S3Thing,
  { fileId, forward }: { readonly fileId: string; readonly forward: Forward },
): Promise<ObjectKey> {
  const { ServerSideEncryption: kind = "AES256", SSEKMSKeyId } = asked;
  if (kind === "AES256" && SSEKMSKeyId === undefined) return newOwnKey(fileId, domain);
  if (kind !== "aws:kms")
    throw invalidArgument(
      "The encryption method specified is not supported",
      "x-amz-server-side-encryption",
      kind,
    );
  const encryptionContext = contextOf(asked.SSEKMSEncryptionContext, arn);
  return newDataKey(SSEKMSKeyId ?? "alias/aws/s3", encryptionContext, forward);
}

/** Everything in a bucket is its owner's: lists of others who may do something there are not kept. */
function requireOwnAcl(acl: string | undefined): void {
  if (acl !== undefined && acl !== "bucket-owner-full-control")
    throw new AwsError("AccessControlListNotSupported", "The bucket does not allow ACLs");
}

function headersOf(input: ObjectHeaders): ObjectHeaders {
  const { CacheControl, ContentDisposition, ContentEncoding, ContentLanguage, ContentType } = input;
  return { CacheControl, ContentDisposition, ContentEncoding, ContentLanguage, ContentType };
}

function keyIdOf(encryption: ObjectEncryption): string | undefined {
  return encryption.kind === "aws:kms" ? encryption.keyId : undefined;
}
