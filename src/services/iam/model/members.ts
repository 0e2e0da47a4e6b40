import {
  boolean,
  integer,
  list,
  oneOf,
  required,
  string,
  structure,
  timestamp,
} from "../../../shape/shape.ts";

/** Members that many operations share, with the limits of AWS's model. */
export const userName = string({ min: 1, max: 64 });
/** Names of users in requests on what exists may be as long as AWS once allowed. */
export const existingUserName = string({ min: 1, max: 128 });
export const groupName = string({ min: 1, max: 128 });
export const roleName = string({ min: 1, max: 64 });
export const policyName = string({ min: 1, max: 128 });
export const arn = string({ min: 20, max: 2048 });
export const path = string({ min: 1, max: 512 });
export const pathPrefix = string({ min: 1, max: 512, pattern: /\u002F[\u0021-\u007E]*/ });
export const policyPath = string({
  min: 1,
  max: 512,
  pattern: /((\/[A-Za-z0-9.,+@=_-]+)*)\//,
});
export const policyVersionId = string({ pattern: /v[1-9][0-9]*(\.[A-Za-z0-9-]*)?/ });
export const policyUsage = oneOf("PermissionsPolicy", "PermissionsBoundary");
export const policyDocument = string({
  min: 1,
  max: 131_072,
  // biome-ignore lint/suspicious/noControlCharactersInRegex: AWS's own pattern, which the refusal quotes
  pattern: /[\u0009\u000A\u000D\u0020-\u00FF]+/,
});
export const accessKeyId = string({ min: 16, max: 128, pattern: /[\w]+/ });
/** Longer than AWS's: ours name the last entry. */
export const marker = string({ min: 1, max: 1024, pattern: /[\u0020-\u00FF]+/ });
export const maxItems = integer({ min: 1, max: 1000 });
const tagKey = string({ min: 1, max: 128, pattern: /[\p{L}\p{Z}\p{N}_.:/=+\-@]+/u });
export const tags = list(
  structure({
    Key: required(tagKey),
    Value: required(string({ min: 0, max: 256, pattern: /[\p{L}\p{Z}\p{N}_.:/=+\-@]*/u })),
  }),
  { min: 0, max: 50 },
);
export const tagKeys = list(tagKey, { min: 0, max: 50 });

/** A list of what nobody can have here: tools ask for it before they delete who might. */
export const none = list(structure({}));
/** Members of a listing's answer. */
export const page = { IsTruncated: required(boolean), Marker: string() };

export const boundary = structure({
  PermissionsBoundaryType: string(),
  PermissionsBoundaryArn: string(),
});

/** A user as the operations answer it. */
export const user = structure({
  /** The root user has neither path nor name. */
  Path: string(),
  UserName: string(),
  UserId: required(string()),
  Arn: required(string()),
  CreateDate: required(timestamp),
  PasswordLastUsed: timestamp,
  PermissionsBoundary: boundary,
  Tags: tags,
});

/** A group as the operations answer it. */
export const group = structure({
  Path: required(string()),
  GroupName: required(string()),
  GroupId: required(string()),
  Arn: required(string()),
  CreateDate: required(timestamp),
});

/** An access key as listings show it; the root user has no name. */
export const accessKeyMetadata = structure({
  UserName: string(),
  AccessKeyId: required(string()),
  Status: required(string()),
  CreateDate: required(timestamp),
});

export const password = string({
  min: 1,
  max: 128,
  // biome-ignore lint/suspicious/noControlCharactersInRegex: AWS's own pattern, which the refusal quotes
  pattern: /[\u0009\u000A\u000D\u0020-\u00FF]+/,
});

export const loginProfile = structure({
  UserName: string(),
  CreateDate: required(timestamp),
  PasswordResetRequired: required(boolean),
});

export const accountAlias = string({
  min: 3,
  max: 63,
  pattern: /^[a-z0-9]([a-z0-9]|-(?!-)){1,61}[a-z0-9]$/,
});
