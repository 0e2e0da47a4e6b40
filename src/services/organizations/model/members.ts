import {
  boolean,
  integer,
  list,
  oneOf,
  required,
  sensitive,
  string,
  structure,
  timestamp,
} from "../../../shape/shape.ts";

/** Members that many operations share, with the limits of AWS's model. */
export const email = sensitive(string({ min: 6, max: 64, pattern: /[^\s@]+@[^\s@]+\.[^\s@]+/ }));
export const newAccountName = sensitive(string({ min: 1, max: 50, pattern: /[\u0020-\u007E]+/ }));
export const roleName = string({ max: 64, pattern: /[\w+=,.@-]{1,64}/ });
export const accountId = string({ max: 12, pattern: /^\d{12}$/ });
export const rootId = string({ max: 34, pattern: /^r-[0-9a-z]{4,32}$/ });
export const policyId = string({ max: 130, pattern: /^p-[0-9a-zA-Z_]{8,128}$/ });
export const targetId = string({
  max: 100,
  pattern: /^(r-[0-9a-z]{4,32})|(\d{12})|(ou-[0-9a-z]{4,32}-[a-z0-9]{8,32})$/,
});
export const parentId = string({
  max: 100,
  pattern: /^(r-[0-9a-z]{4,32})|(ou-[0-9a-z]{4,32}-[a-z0-9]{8,32})$/,
});
export const childId = string({
  max: 100,
  pattern: /^(\d{12})|(ou-[0-9a-z]{4,32}-[a-z0-9]{8,32})$/,
});
export const taggableId = string({
  max: 130,
  pattern:
    /^(r-[0-9a-z]{4,32})|(\d{12})|(ou-[0-9a-z]{4,32}-[a-z0-9]{8,32})|(^p-[0-9a-zA-Z_]{8,128})|(^rp-[0-9a-zA-Z_]{4,128})|(^rt-[0-9a-zA-Z_]{8,32})$/,
});
export const requestId = string({ max: 36, pattern: /^car-[a-z0-9]{8,32}$/ });
export const childType = oneOf("ACCOUNT", "ORGANIZATIONAL_UNIT");
export const requestState = oneOf("IN_PROGRESS", "SUCCEEDED", "FAILED");
export const policyType = oneOf(
  "SERVICE_CONTROL_POLICY",
  "RESOURCE_CONTROL_POLICY",
  "TAG_POLICY",
  "BACKUP_POLICY",
  "AISERVICES_OPT_OUT_POLICY",
  "CHATBOT_POLICY",
  "DECLARATIVE_POLICY_EC2",
  "SECURITYHUB_POLICY",
  "INSPECTOR_POLICY",
  "UPGRADE_ROLLOUT_POLICY",
  "BEDROCK_POLICY",
  "S3_POLICY",
  "NETWORK_SECURITY_DIRECTOR_POLICY",
);
export const policyName = string({ min: 1, max: 128, pattern: /[\s\S]*/ });
export const policyDescription = string({ max: 512, pattern: /[\s\S]*/ });
/** AWS's model has no upper limit; what is over the quota is refused with the quota's own error. */
export const policyContent = string({ min: 1, max: 131_072, pattern: /[\s\S]*/ });
export const nextToken = string({ max: 100_000, pattern: /[\s\S]*/ });
const maxResults = integer({ min: 1, max: 20 });
const tagKey = string({ min: 1, max: 128, pattern: /^([\p{L}\p{Z}\p{N}_.:/=+\-@]*)$/u });
export const tagKeys = list(tagKey);
export const tags = list(
  structure({
    Key: required(tagKey),
    Value: required(string({ min: 0, max: 256, pattern: /^([\p{L}\p{Z}\p{N}_.:/=+\-@]*)$/u })),
  }),
);

/** What every listing takes and answers beside its own. */
export const paging = { NextToken: nextToken, MaxResults: maxResults };
export const pageEnd = { NextToken: string() };

const policyTypes = list(structure({ Type: string(), Status: string() }));

export const organization = structure({
  Id: required(string()),
  Arn: required(string()),
  FeatureSet: required(string()),
  MasterAccountArn: required(string()),
  MasterAccountId: required(string()),
  AvailablePolicyTypes: policyTypes,
});

export const root = structure({
  Id: required(string()),
  Arn: required(string()),
  Name: required(string()),
  PolicyTypes: policyTypes,
});

export const account = structure({
  Id: required(string()),
  Arn: required(string()),
  Email: sensitive(string()),
  Name: sensitive(string()),
  Status: required(string()),
  State: required(string()),
  Paths: required(list(string())),
  JoinedMethod: required(string()),
  JoinedTimestamp: required(timestamp),
});

export const createAccountStatus = structure({
  Id: required(string()),
  AccountName: sensitive(string()),
  State: required(string()),
  RequestedTimestamp: required(timestamp),
  CompletedTimestamp: required(timestamp),
  AccountId: string(),
  FailureReason: string(),
});

export const policySummary = structure({
  Id: required(string()),
  Arn: required(string()),
  Name: required(string()),
  Description: required(string()),
  Type: required(string()),
  AwsManaged: required(boolean),
});

export const policy = structure({
  PolicySummary: required(policySummary),
  Content: required(string()),
});

export const target = structure({
  TargetId: required(string()),
  Arn: required(string()),
  Name: required(string()),
  Type: required(string()),
});
