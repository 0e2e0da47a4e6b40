import type { AwsPolicy } from "./row.ts";
import { words } from "./row.ts";

/** AWS's policies for the services that keep secrets, objects and logs. */
export const storageAndLogsPolicies: readonly AwsPolicy[] = [
  {
    name: "AmazonS3FullAccess",
    version: "v2",
    created: "2015-02-06T18:40:58Z",
    updated: "2021-09-27T20:16:37Z",
    statements: [{ Effect: "Allow", Action: ["s3:*", "s3-object-lambda:*"], Resource: "*" }],
  },
  {
    name: "AmazonS3ReadOnlyAccess",
    version: "v3",
    created: "2015-02-06T18:40:59Z",
    updated: "2023-08-10T21:31:39Z",
    statements: [
      {
        Effect: "Allow",
        Action: words(`
          s3:Get* s3:List* s3:Describe* s3-object-lambda:Get* s3-object-lambda:List*
        `),
        Resource: "*",
      },
    ],
  },
  {
    name: "SecretsManagerReadWrite",
    version: "v6",
    created: "2018-04-04T18:05:29Z",
    updated: "2026-08-25T23:37:10Z",
    statements: [
      {
        Sid: "BasePermissions",
        Effect: "Allow",
        Action: words(`
          secretsmanager:* cloudformation:CreateChangeSet cloudformation:DescribeChangeSet
          cloudformation:DescribeStackResource cloudformation:DescribeStacks
          cloudformation:ExecuteChangeSet docdb-elastic:GetCluster docdb-elastic:ListClusters
          ec2:DescribeSecurityGroups ec2:DescribeSubnets ec2:DescribeVpcs kms:DescribeKey
          kms:ListAliases kms:ListKeys lambda:ListFunctions rds:DescribeDBClusters
          rds:DescribeDBInstances redshift:DescribeClusters redshift-serverless:ListWorkgroups
          redshift-serverless:GetNamespace tag:GetResources
        `),
        Resource: "*",
      },
      {
        Sid: "LambdaPermissions",
        Effect: "Allow",
        Action: words(`
          lambda:AddPermission lambda:CreateFunction lambda:GetFunction lambda:InvokeFunction
          lambda:UpdateFunctionConfiguration
        `),
        Resource: "arn:aws:lambda:*:*:function:SecretsManager*",
      },
      {
        Sid: "SARPermissions",
        Effect: "Allow",
        Action: ["serverlessrepo:CreateCloudFormationChangeSet", "serverlessrepo:GetApplication"],
        Resource: "arn:aws:serverlessrepo:*:*:applications/SecretsManager*",
      },
      {
        Sid: "S3Permissions",
        Effect: "Allow",
        Action: ["s3:GetObject"],
        Resource: [
          "arn:aws:s3:::awsserverlessrepo-changesets*",
          "arn:aws:s3:::secrets-manager-rotation-apps-*/*",
        ],
      },
      {
        Sid: "CloudFormationTagOnCreate",
        Effect: "Allow",
        Action: ["cloudformation:TagResource", "cloudformation:UntagResource"],
        Resource: "*",
        Condition: {
          StringEquals: { "cloudformation:CreateAction": ["CreateChangeSet", "ExecuteChangeSet"] },
        },
      },
    ],
  },
  {
    name: "AWSSecretsManagerClientReadOnlyAccess",
    version: "v4",
    created: "2025-11-05T20:04:08Z",
    updated: "2026-06-02T20:42:11Z",
    statements: [
      {
        Sid: "SecretsManagerGetAndDescribeSecret",
        Effect: "Allow",
        Action: ["secretsmanager:GetSecretValue", "secretsmanager:DescribeSecret"],
        Resource: "arn:aws:secretsmanager:*:*:secret:*",
      },
      {
        Sid: "SecretsManagerBatchGetSecrets",
        Effect: "Allow",
        Action: ["secretsmanager:BatchGetSecretValue", "secretsmanager:ListSecrets"],
        Resource: "*",
      },
      {
        Sid: "KMSDecryptKey",
        Effect: "Allow",
        Action: ["kms:Decrypt"],
        Resource: "arn:aws:kms:*:*:key/*",
        Condition: {
          StringLike: {
            "kms:EncryptionContext:SecretARN": "arn:aws:secretsmanager:*:*:secret:*",
            "kms:ViaService": "secretsmanager.*.amazonaws.com",
          },
        },
      },
    ],
  },
  {
    name: "CloudWatchLogsFullAccess",
    version: "v8",
    created: "2015-02-06T18:40:02Z",
    updated: "2026-02-12T18:00:33Z",
    statements: [
      {
        Sid: "CloudWatchLogsFullAccess",
        Effect: "Allow",
        Action: words(`
          logs:* cloudwatch:GenerateQuery cloudwatch:GenerateQueryResultsSummary
          observabilityadmin:GetS3TableIntegration observabilityadmin:ListS3TableIntegrations
          observabilityadmin:ListTelemetryPipelines
        `),
        Resource: "*",
      },
    ],
  },
  {
    name: "CloudWatchLogsReadOnlyAccess",
    version: "v12",
    created: "2015-02-06T18:40:03Z",
    updated: "2026-02-12T17:59:13Z",
    statements: [
      {
        Sid: "CloudWatchLogsReadOnlyAccess",
        Effect: "Allow",
        Action: words(`
          logs:Describe* logs:Get* logs:List* logs:StartQuery logs:StopQuery logs:TestMetricFilter
          logs:FilterLogEvents logs:StartLiveTail logs:StopLiveTail cloudwatch:GenerateQuery
          cloudwatch:GenerateQueryResultsSummary observabilityadmin:ListS3TableIntegrations
          observabilityadmin:GetS3TableIntegration observabilityadmin:ListTelemetryPipelines
        `),
        Resource: "*",
      },
    ],
  },
  {
    name: "AWSCloudTrail_FullAccess",
    version: "v3",
    created: "2020-10-08T23:41:15Z",
    updated: "2021-02-22T19:01:00Z",
    statements: [
      {
        Effect: "Allow",
        Action: words(`
          sns:AddPermission sns:CreateTopic sns:SetTopicAttributes sns:GetTopicAttributes
        `),
        Resource: ["arn:aws:sns:*:*:aws-cloudtrail-logs*"],
      },
      { Effect: "Allow", Action: ["sns:ListTopics"], Resource: "*" },
      {
        Effect: "Allow",
        Action: ["s3:CreateBucket", "s3:PutBucketPolicy", "s3:PutBucketPublicAccessBlock"],
        Resource: ["arn:aws:s3:::aws-cloudtrail-logs*"],
      },
      {
        Effect: "Allow",
        Action: ["s3:ListAllMyBuckets", "s3:GetBucketLocation", "s3:GetBucketPolicy"],
        Resource: "*",
      },
      { Effect: "Allow", Action: "cloudtrail:*", Resource: "*" },
      {
        Effect: "Allow",
        Action: ["logs:CreateLogGroup"],
        Resource: ["arn:aws:logs:*:*:log-group:aws-cloudtrail-logs*"],
      },
      {
        Effect: "Allow",
        Action: ["iam:ListRoles", "iam:GetRolePolicy", "iam:GetUser"],
        Resource: "*",
      },
      {
        Effect: "Allow",
        Action: ["iam:PassRole"],
        Resource: "*",
        Condition: { StringEquals: { "iam:PassedToService": "cloudtrail.amazonaws.com" } },
      },
      {
        Effect: "Allow",
        Action: words(`
          kms:CreateKey kms:CreateAlias kms:ListKeys kms:ListAliases
        `),
        Resource: "*",
      },
      { Effect: "Allow", Action: ["lambda:ListFunctions"], Resource: "*" },
      {
        Effect: "Allow",
        Action: ["dynamodb:ListGlobalTables", "dynamodb:ListTables"],
        Resource: "*",
      },
    ],
  },
  {
    name: "AWSCloudTrail_ReadOnlyAccess",
    version: "v1",
    created: "2022-06-14T17:19:05Z",
    updated: "2022-06-14T17:19:05Z",
    statements: [
      {
        Effect: "Allow",
        Action: words(`
          cloudtrail:Get* cloudtrail:Describe* cloudtrail:List* cloudtrail:LookupEvents
        `),
        Resource: "*",
      },
    ],
  },
  {
    name: "IAMAccessAnalyzerFullAccess",
    version: "v1",
    created: "2019-12-02T17:12:40Z",
    updated: "2019-12-02T17:12:40Z",
    statements: [
      { Effect: "Allow", Action: ["access-analyzer:*"], Resource: "*" },
      {
        Effect: "Allow",
        Action: "iam:CreateServiceLinkedRole",
        Resource: "*",
        Condition: { StringEquals: { "iam:AWSServiceName": "access-analyzer.amazonaws.com" } },
      },
      {
        Effect: "Allow",
        Action: words(`
          organizations:DescribeAccount organizations:DescribeOrganization
          organizations:DescribeOrganizationalUnit organizations:ListAccounts
          organizations:ListAccountsForParent organizations:ListAWSServiceAccessForOrganization
          organizations:ListChildren organizations:ListDelegatedAdministrators
          organizations:ListOrganizationalUnitsForParent organizations:ListParents
          organizations:ListRoots
        `),
        Resource: "*",
      },
    ],
  },
  {
    name: "IAMAccessAnalyzerReadOnlyAccess",
    version: "v4",
    created: "2019-12-02T17:12:53Z",
    updated: "2024-07-18T17:49:04Z",
    statements: [
      {
        Sid: "IAMAccessAnalyzerReadOnlyAccess",
        Effect: "Allow",
        Action: words(`
          access-analyzer:CheckAccessNotGranted access-analyzer:CheckNoNewAccess
          access-analyzer:CheckNoPublicAccess access-analyzer:Get* access-analyzer:List*
          access-analyzer:ValidatePolicy
        `),
        Resource: "*",
      },
    ],
  },
];
