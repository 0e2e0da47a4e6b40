import type { AwsPolicy } from "./row.ts";
import { words } from "./row.ts";

/** AWS's policies of job functions; of each, what it says of the services that `row.ts` lists. */
export const jobFunctionsPolicies: readonly AwsPolicy[] = [
  {
    name: "ViewOnlyAccess",
    path: "/job-function/",
    version: "v46",
    created: "2016-11-10T17:20:15Z",
    updated: "2026-09-30T20:27:08Z",
    statements: [
      {
        Sid: "GeneralViewOnlyAccessStatement",
        Effect: "Allow",
        Action: words(`
          cloudtrail:DescribeTrails cloudtrail:ListEventDataStores cloudtrail:ListTrails
          cloudtrail:LookupEvents iam:GetAccountSummary iam:GetLoginProfile iam:List* kms:ListKeys
          kms:ListResourceTags logs:Describe* logs:GetTransformer logs:ListEntitiesForLogGroup
          logs:ListLogGroupsForEntity logs:ListLogGroupsForQuery logs:ListTagsForResource
          organizations:List* s3:ListAllMyBuckets s3:ListBucket s3:ListMultiRegionAccessPoints
          ssm:ListAssociations ssm:ListDocuments
        `),
        Resource: "*",
      },
    ],
  },
  {
    name: "Billing",
    path: "/job-function/",
    version: "v30",
    created: "2016-11-10T17:33:18Z",
    updated: "2026-07-30T22:12:16Z",
    statements: [
      {
        Sid: "VisualEditor0",
        Effect: "Allow",
        Action: ["account:GetAccountInformation"],
        Resource: "*",
      },
    ],
  },
  {
    name: "SupportUser",
    path: "/job-function/",
    version: "v11",
    created: "2016-11-10T17:21:53Z",
    updated: "2026-02-12T18:03:12Z",
    statements: [
      {
        Effect: "Allow",
        Action: words(`
          cloudtrail:DescribeTrails cloudtrail:GetTrailStatus cloudtrail:LookupEvents
          cloudtrail:ListTags cloudtrail:ListPublicKeys iam:GenerateCredentialReport
          iam:GenerateServiceLastAccessedDetails iam:Get* iam:List* kms:Describe* kms:Get* kms:List*
          logs:Describe* logs:TestMetricFilter s3:List* ssm:List* ssm:Describe*
        `),
        Resource: "*",
      },
    ],
  },
  {
    name: "DatabaseAdministrator",
    path: "/job-function/",
    version: "v5",
    created: "2016-11-10T17:25:43Z",
    updated: "2026-02-12T18:02:20Z",
    statements: [
      {
        Effect: "Allow",
        Action: words(`
          iam:ListRoles iam:GetRole kms:ListKeys logs:DescribeLogGroups logs:DescribeLogStreams
          logs:FilterLogEvents logs:GetLogEvents logs:Create* logs:PutLogEvents logs:PutMetricFilter
          s3:CreateBucket
        `),
        Resource: "*",
      },
      {
        Effect: "Allow",
        Action: words(`
          s3:AbortMultipartUpload s3:DeleteObject* s3:Get* s3:List* s3:PutAccelerateConfiguration
          s3:PutBucketTagging s3:PutBucketVersioning s3:PutBucketWebsite s3:PutLifecycleConfiguration
          s3:PutReplicationConfiguration s3:PutObject* s3:Replicate* s3:RestoreObject
        `),
        Resource: ["*"],
      },
      {
        Effect: "Allow",
        Action: ["iam:PassRole"],
        Resource: words(`
          arn:aws:iam::*:role/rds-monitoring-role arn:aws:iam::*:role/rdbms-lambda-access
          arn:aws:iam::*:role/lambda_exec_role arn:aws:iam::*:role/lambda-dynamodb-*
          arn:aws:iam::*:role/lambda-vpc-execution-role arn:aws:iam::*:role/DataPipelineDefaultRole
          arn:aws:iam::*:role/DataPipelineDefaultResourceRole
        `),
      },
    ],
  },
  {
    name: "DataScientist",
    path: "/job-function/",
    version: "v6",
    created: "2016-11-10T17:28:48Z",
    updated: "2026-09-02T23:37:07Z",
    statements: [
      {
        Effect: "Allow",
        Action: words(`
          iam:GetInstanceProfile iam:GetRole iam:GetPolicy iam:GetPolicyVersion iam:ListRoles
          kms:List* logs:DescribeLogStreams logs:GetLogEvents s3:CreateBucket
        `),
        Resource: "*",
      },
      {
        Effect: "Allow",
        Action: words(`
          s3:Abort* s3:DeleteObject s3:Get* s3:List* s3:PutAccelerateConfiguration s3:PutBucketCors
          s3:PutBucketLogging s3:PutBucketNotification s3:PutBucketTagging s3:PutObject s3:Replicate*
          s3:RestoreObject
        `),
        Resource: ["*"],
      },
      {
        Effect: "Allow",
        Action: ["iam:PassRole"],
        Resource: words(`
          arn:aws:iam::*:role/DataPipelineDefaultRole
          arn:aws:iam::*:role/DataPipelineDefaultResourceRole arn:aws:iam::*:role/EMR_EC2_DefaultRole
          arn:aws:iam::*:role/EMR_DefaultRole arn:aws:iam::*:role/kinesis-*
        `),
      },
      {
        Effect: "Allow",
        Action: ["iam:PassRole"],
        Resource: "*",
        Condition: { StringEquals: { "iam:PassedToService": "sagemaker.amazonaws.com" } },
      },
    ],
  },
  {
    name: "NetworkAdministrator",
    path: "/job-function/",
    version: "v16",
    created: "2016-11-10T17:31:35Z",
    updated: "2026-07-09T14:42:15Z",
    statements: [
      {
        Sid: "AllowDefaultNetworkAdminActions",
        Effect: "Allow",
        Action: ["logs:DescribeLogGroups", "logs:DescribeLogStreams", "logs:GetLogEvents"],
        Resource: "*",
      },
      {
        Sid: "DiscoverBuckets",
        Effect: "Allow",
        Action: ["s3:GetBucketLocation", "s3:GetBucketWebsite", "s3:ListBucket"],
        Resource: ["*"],
      },
      {
        Sid: "DiscoverFlowLogRoles",
        Effect: "Allow",
        Action: ["iam:GetRole", "iam:ListRoles", "iam:PassRole"],
        Resource: "arn:aws:iam::*:role/flow-logs-*",
      },
      {
        Sid: "AllowTransitGatewaySLRCreation",
        Effect: "Allow",
        Action: ["iam:CreateServiceLinkedRole"],
        Resource: "*",
        Condition: { StringLike: { "iam:AWSServiceName": ["transitgateway.amazonaws.com"] } },
      },
    ],
  },
  {
    name: "SystemAdministrator",
    path: "/job-function/",
    version: "v12",
    created: "2016-11-10T17:23:56Z",
    updated: "2026-02-12T18:02:37Z",
    statements: [
      {
        Effect: "Allow",
        Action: words(`
          cloudtrail:DescribeTrails cloudtrail:GetTrailStatus cloudtrail:ListPublicKeys
          cloudtrail:ListTags cloudtrail:LookupEvents cloudtrail:StartLogging cloudtrail:StopLogging
          iam:GetAccount* iam:GetContextKeys* iam:GetCredentialReport iam:ListAccountAliases
          iam:ListGroups iam:ListOpenIDConnectProviders iam:ListPolicies
          iam:ListPoliciesGrantingServiceAccess iam:ListRoles iam:ListSAMLProviders
          iam:ListServerCertificates iam:Simulate* iam:UpdateServerCertificate
          iam:UpdateSigningCertificate kms:CreateAlias kms:CreateKey kms:DeleteAlias kms:Describe*
          kms:GenerateRandom kms:Get* kms:List* kms:Encrypt kms:ReEncrypt* logs:*
        `),
        Resource: "*",
      },
      { Effect: "Allow", Action: ["s3:*"], Resource: ["*"] },
      {
        Effect: "Allow",
        Action: words(`
          iam:GetAccessKeyLastUsed iam:GetGroup* iam:GetInstanceProfile iam:GetLoginProfile
          iam:GetOpenIDConnectProvider iam:GetPolicy* iam:GetRole* iam:GetSAMLProvider
          iam:GetSSHPublicKey iam:GetServerCertificate iam:GetServiceLastAccessed* iam:GetUser*
          iam:ListAccessKeys iam:ListAttached* iam:ListEntitiesForPolicy iam:ListGroupPolicies
          iam:ListGroupsForUser iam:ListInstanceProfiles* iam:ListMFADevices iam:ListPolicyVersions
          iam:ListRolePolicies iam:ListSSHPublicKeys iam:ListSigningCertificates iam:ListUserPolicies
          iam:Upload*
        `),
        Resource: ["*"],
      },
      {
        Effect: "Allow",
        Action: ["iam:GetRole", "iam:ListRoles", "iam:PassRole"],
        Resource: words(`
          arn:aws:iam::*:role/rds-monitoring-role arn:aws:iam::*:role/ec2-sysadmin-*
          arn:aws:iam::*:role/ecr-sysadmin-* arn:aws:iam::*:role/lambda-sysadmin-*
        `),
      },
    ],
  },
];
