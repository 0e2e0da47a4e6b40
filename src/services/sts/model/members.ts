import {
  integer,
  list,
  required,
  sensitive,
  string,
  structure,
  timestamp,
} from "../../../shape/shape.ts";

/** Members that several operations share, with the limits of AWS's model. */
const name = /[\w+=,.@-]*/;
export const arn = string({
  min: 20,
  max: 2048,
  // biome-ignore lint/suspicious/noControlCharactersInRegex: AWS's own pattern, which the refusal quotes
  pattern: /[\u0009\u000A\u000D\u0020-\u007E\u0085\u00A0-\uD7FF\uE000-\uFFFD]+/,
});
export const roleSessionName = string({ min: 2, max: 64, pattern: name });
export const federatedName = string({ min: 2, max: 32, pattern: name });
export const sourceIdentity = string({ min: 2, max: 64, pattern: name });
export const externalId = string({ min: 2, max: 1224, pattern: /[\w+=,.@:/-]*/ });
export const roleDuration = integer({ min: 900, max: 43_200 });
export const userDuration = integer({ min: 900, max: 129_600 });
export const serialNumber = string({ min: 9, max: 256, pattern: /[\w+=/:,.@-]*/ });
export const tokenCode = string({ min: 6, max: 6, pattern: /[\d]*/ });
export const sessionPolicy = string({
  min: 1,
  max: 2048,
  // biome-ignore lint/suspicious/noControlCharactersInRegex: AWS's own pattern, which the refusal quotes
  pattern: /[\u0009\u000A\u000D\u0020-\u00FF]+/,
});
export const policyArns = list(structure({ arn }), { min: 0, max: 10 });
const tagKey = string({ min: 1, max: 128, pattern: /[\p{L}\p{Z}\p{N}_.:/=+\-@]+/u });
export const minimumTokenSize = integer({ min: 0, max: 4096 });
export const tags = list(
  structure({
    Key: required(tagKey),
    Value: required(string({ min: 0, max: 256, pattern: /[\p{L}\p{Z}\p{N}_.:/=+\-@]*/u })),
  }),
  { min: 0, max: 50 },
);
export const tagKeys = list(tagKey, { min: 0, max: 50 });

export const credentials = structure({
  AccessKeyId: required(string()),
  SecretAccessKey: required(sensitive(string())),
  SessionToken: required(sensitive(string())),
  Expiration: required(timestamp),
});
/** Of the session token: bytes, and percent of the most. */
export const tokenSizes = { SessionTokenUtilization: integer(), SessionTokenSize: integer() };
export const assumedRoleUser = structure({
  AssumedRoleId: required(string()),
  Arn: required(string()),
});
export const federatedUser = structure({
  FederatedUserId: required(string()),
  Arn: required(string()),
});
