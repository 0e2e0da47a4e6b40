import { hash } from "node:crypto";
import { AwsError } from "../../../base/errors.ts";
import { blob, placed, required, structure } from "../../../shape/shape.ts";
import { objectDemand } from "../demands.ts";
import { headersOf, keepBytes } from "../kept-bytes.ts";
import * as member from "../model/members.ts";
import { describeEncryption, objectAudit } from "../object-answer.ts";
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

  async handle({ input, keys: { object: thing }, context, tools, forward }) {
    requireOwnAcl(input.ACL);
    const { bucket, key = "", object: before, domain } = thing;
    const { time: modifiedAt } = context;
    const kept = await keepBytes(input, thing, tools, { forward, now: modifiedAt });
    const isOwn = kept.encryption.kind !== "aws:kms";
    const object = {
      ...{ bucket: bucket.name, key, size: input.Body.length, modifiedAt, ...kept },
      etag: isOwn ? hash("md5", input.Body, "hex") : tools.ids.hex(16),
      headers: headersOf(input),
      metadata: input.Metadata ?? {},
      version: before === undefined ? tools.ids.version() : before.version + 1,
    };
    const output = { ETag: `"${object.etag}"`, ...describeEncryption(kept.encryption) };
    return { output, change: storeObject(object, before, domain) };
  },
});

/** Everything in a bucket is its owner's: lists of others who may do something there are not kept. */
function requireOwnAcl(acl: string | undefined): void {
  if (acl !== undefined && acl !== "bucket-owner-full-control")
    throw new AwsError("AccessControlListNotSupported", "The bucket does not allow ACLs");
}
