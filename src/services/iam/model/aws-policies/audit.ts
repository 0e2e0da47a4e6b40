import type { AwsPolicy } from "./row.ts";
import { words } from "./row.ts";

/** AWS's policies of auditors; of each, what it says of the services that `row.ts` lists. */
export const auditPolicies: readonly AwsPolicy[] = [
  {
    name: "ReadOnlyAccess",
    version: "v190",
    created: "2015-02-06T18:39:48Z",
    updated: "2026-09-24T17:37:08Z",
    statements: [
      {
        Sid: "ReadOnlyActionsGroup1",
        Effect: "Allow",
        Action: words(`
          access-analyzer:GetAccessPreview access-analyzer:GetAnalyzedResource
          access-analyzer:GetAnalyzer access-analyzer:GetArchiveRule access-analyzer:GetFinding
          access-analyzer:GetFindingsStatistics access-analyzer:GetGeneratedPolicy
          access-analyzer:ListAccessPreviewFindings access-analyzer:ListAccessPreviews
          access-analyzer:ListAnalyzedResources access-analyzer:ListAnalyzers
          access-analyzer:ListArchiveRules access-analyzer:ListFindings
          access-analyzer:ListPolicyGenerations access-analyzer:ListTagsForResource
          access-analyzer:ValidatePolicy account:GetAccountInformation account:GetAlternateContact
          account:GetContactInformation account:GetGovCloudAccountInformation account:GetPrimaryEmail
          account:GetRegionOptStatus account:ListRegions cloudtrail:Describe* cloudtrail:Get*
          cloudtrail:List* cloudtrail:LookupEvents iam:Generate* iam:Get* iam:List* iam:Simulate*
        `),
        Resource: "*",
      },
      {
        Sid: "ReadOnlyActionsGroup2",
        Effect: "Allow",
        Action: words(`
          kms:Describe* kms:Get* kms:List* logs:Describe* logs:FilterLogEvents logs:Get*
          logs:ListAggregateLogGroupSummaries logs:ListAnomalies logs:ListEntitiesForLogGroup
          logs:ListIntegrations logs:ListLogAnomalyDetectors logs:ListLogDeliveries
          logs:ListLogGroupsForEntity logs:ListLogGroupsForQuery logs:ListScheduledQueries
          logs:ListSourcesForS3TableIntegration logs:ListTagsForResource logs:ListTagsLogGroup
          logs:StartLiveTail logs:StartQuery logs:StopLiveTail logs:StopQuery logs:TestMetricFilter
          organizations:Describe* organizations:List* s3:DescribeJob s3:Get* s3:List*
          secretsmanager:Describe* secretsmanager:GetResourcePolicy secretsmanager:List* ssm:Describe*
          ssm:Get* ssm:List* sts:GetAccessKeyInfo sts:GetCallerIdentity sts:GetSessionToken
          tag:DescribeReportCreation tag:Get*
        `),
        Resource: "*",
      },
    ],
  },
  {
    name: "SecurityAudit",
    version: "v94",
    created: "2015-02-06T18:41:01Z",
    updated: "2026-09-30T20:27:08Z",
    statements: [
      {
        Sid: "BaseSecurityAuditStatement",
        Effect: "Allow",
        Action: words(`
          access-analyzer:GetAnalyzedResource access-analyzer:GetAnalyzer
          access-analyzer:GetArchiveRule access-analyzer:GetFinding
          access-analyzer:ListAnalyzedResources access-analyzer:ListAnalyzers
          access-analyzer:ListArchiveRules access-analyzer:ListFindings
          access-analyzer:ListTagsForResource account:GetAccountInformation
          account:GetAlternateContact account:GetPrimaryEmail account:GetRegionOptStatus
          cloudtrail:DescribeTrails cloudtrail:GetEventSelectors cloudtrail:GetInsightSelectors
          cloudtrail:GetTrail cloudtrail:GetTrailStatus cloudtrail:ListEventDataStores
          cloudtrail:ListTags cloudtrail:ListTrails cloudtrail:LookupEvents
          iam:GenerateCredentialReport iam:GenerateServiceLastAccessedDetails iam:Get* iam:List*
          iam:SimulateCustomPolicy iam:SimulatePrincipalPolicy kms:Describe* kms:Get* kms:List*
          logs:Describe* logs:GetLogDelivery logs:ListLogDeliveries logs:ListTagsForResource
          logs:ListTagsLogGroup organizations:Describe* organizations:List* s3:DescribeJob
          s3:GetAccelerateConfiguration s3:GetAccessGrantsInstanceResourcePolicy s3:GetAccessPoint
          s3:GetAccessPointConfigurationForObjectLambda s3:GetAccessPointForObjectLambda
          s3:GetAccessPointPolicy s3:GetAccessPointPolicyForObjectLambda s3:GetAccessPointPolicyStatus
          s3:GetAccessPointPolicyStatusForObjectLambda s3:GetAccountPublicAccessBlock
          s3:GetAnalyticsConfiguration s3:GetBucket* s3:GetEncryptionConfiguration
          s3:GetInventoryConfiguration s3:GetLifecycleConfiguration s3:GetMetricsConfiguration
          s3:GetMultiRegionAccessPoint s3:GetMultiRegionAccessPointPolicy
          s3:GetMultiRegionAccessPointPolicyStatus s3:GetObjectAcl s3:GetObjectTagging
          s3:GetObjectVersionAcl s3:GetReplicationConfiguration s3:GetStorageLensConfiguration
          s3:GetStorageLensGroup s3:ListAccessGrants s3:ListAccessGrantsInstances s3:ListAccessPoints
          s3:ListAccessPointsForObjectLambda s3:ListAllMyBuckets s3:ListBucket
          s3:ListCallerAccessGrants s3:ListJobs s3:ListMultiRegionAccessPoints
          s3:ListStorageLensConfigurations s3:ListStorageLensGroups secretsmanager:DescribeSecret
          secretsmanager:GetResourcePolicy secretsmanager:ListSecrets
          secretsmanager:ListSecretVersionIds ssm:Describe* ssm:GetAutomationExecution
          ssm:GetServiceSetting ssm:ListAssociations ssm:ListAssociationVersions ssm:ListCommands
          ssm:ListComplianceItems ssm:ListComplianceSummaries ssm:ListDocumentMetadataHistory
          ssm:ListDocuments ssm:ListDocumentVersions ssm:ListInventoryEntries ssm:ListOpsMetadata
          ssm:ListResourceComplianceSummaries ssm:ListResourceDataSync ssm:ListTagsForResource
          sts:GetAccessKeyInfo tag:GetResources tag:GetTagKeys
        `),
        Resource: "*",
      },
    ],
  },
];
