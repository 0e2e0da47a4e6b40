import type { AwsPolicy } from "./row.ts";
import { words } from "./row.ts";

/** AWS's policies for Systems Manager. */
export const systemsManagerPolicies: readonly AwsPolicy[] = [
  {
    name: "AmazonSSMAutomationApproverAccess",
    version: "v1",
    created: "2017-08-07T23:07:28Z",
    updated: "2017-08-07T23:07:28Z",
    statements: [
      {
        Effect: "Allow",
        Action: [
          "ssm:DescribeAutomationExecutions",
          "ssm:GetAutomationExecution",
          "ssm:SendAutomationSignal",
        ],
        Resource: ["*"],
      },
    ],
  },
  {
    name: "AmazonSSMAutomationRole",
    path: "/service-role/",
    version: "v9",
    created: "2016-12-05T22:09:55Z",
    updated: "2026-03-20T17:42:14Z",
    statements: [
      {
        Effect: "Allow",
        Action: ["lambda:InvokeFunction"],
        Resource: ["arn:aws:lambda:*:*:function:Automation*"],
      },
      {
        Effect: "Allow",
        Action: words(`
          ec2:CreateImage ec2:CopyImage ec2:DeregisterImage ec2:DescribeImages ec2:DeleteSnapshot
          ec2:StartInstances ec2:RunInstances ec2:StopInstances ec2:TerminateInstances
          ec2:DescribeInstanceStatus ec2:CreateTags ec2:DeleteTags ec2:DescribeTags
          cloudformation:CreateStack cloudformation:DescribeStackEvents cloudformation:DescribeStacks
          cloudformation:UpdateStack cloudformation:DeleteStack cloudformation:TagResource
          cloudformation:UntagResource
        `),
        Resource: ["*"],
      },
      { Effect: "Allow", Action: ["ssm:*"], Resource: ["*"] },
      { Effect: "Allow", Action: ["sns:Publish"], Resource: ["arn:aws:sns:*:*:Automation*"] },
      {
        Effect: "Allow",
        Action: ["ssmmessages:OpenDataChannel"],
        Resource: ["arn:*:ssm:*:*:session/*"],
      },
    ],
  },
  {
    name: "AmazonSSMDirectoryServiceAccess",
    version: "v1",
    created: "2019-03-15T17:44:38Z",
    updated: "2019-03-15T17:44:38Z",
    statements: [
      { Effect: "Allow", Action: ["ds:CreateComputer", "ds:DescribeDirectories"], Resource: "*" },
    ],
  },
  {
    name: "AmazonSSMFullAccess",
    version: "v4",
    created: "2015-05-29T17:39:47Z",
    updated: "2019-11-20T20:08:56Z",
    statements: [
      {
        Effect: "Allow",
        Action: words(`
          cloudwatch:PutMetricData ds:CreateComputer ds:DescribeDirectories ec2:DescribeInstanceStatus
          logs:* ssm:* ec2messages:*
        `),
        Resource: "*",
      },
      {
        Effect: "Allow",
        Action: "iam:CreateServiceLinkedRole",
        Resource:
          "arn:aws:iam::*:role/aws-service-role/ssm.amazonaws.com/AWSServiceRoleForAmazonSSM*",
        Condition: { StringLike: { "iam:AWSServiceName": "ssm.amazonaws.com" } },
      },
      {
        Effect: "Allow",
        Action: ["iam:DeleteServiceLinkedRole", "iam:GetServiceLinkedRoleDeletionStatus"],
        Resource:
          "arn:aws:iam::*:role/aws-service-role/ssm.amazonaws.com/AWSServiceRoleForAmazonSSM*",
      },
      {
        Effect: "Allow",
        Action: words(`
          ssmmessages:CreateControlChannel ssmmessages:CreateDataChannel
          ssmmessages:OpenControlChannel ssmmessages:OpenDataChannel
        `),
        Resource: "*",
      },
    ],
  },
  {
    name: "AmazonSSMMaintenanceWindowRole",
    path: "/service-role/",
    version: "v3",
    created: "2016-12-01T15:57:54Z",
    updated: "2019-07-27T00:16:05Z",
    statements: [
      {
        Effect: "Allow",
        Action: words(`
          ssm:GetAutomationExecution ssm:GetParameters ssm:ListCommands ssm:SendCommand
          ssm:StartAutomationExecution
        `),
        Resource: ["*"],
      },
      {
        Effect: "Allow",
        Action: ["lambda:InvokeFunction"],
        Resource: ["arn:aws:lambda:*:*:function:SSM*", "arn:aws:lambda:*:*:function:*:SSM*"],
      },
      {
        Effect: "Allow",
        Action: ["states:DescribeExecution", "states:StartExecution"],
        Resource: ["arn:aws:states:*:*:stateMachine:SSM*", "arn:aws:states:*:*:execution:SSM*"],
      },
      {
        Effect: "Allow",
        Action: ["resource-groups:ListGroups", "resource-groups:ListGroupResources"],
        Resource: ["*"],
      },
      { Effect: "Allow", Action: ["tag:GetResources"], Resource: ["*"] },
    ],
  },
  {
    name: "AmazonSSMManagedEC2InstanceDefaultPolicy",
    version: "v2",
    created: "2022-08-30T20:54:27Z",
    updated: "2024-07-16T18:14:07Z",
    statements: [
      {
        Sid: "AllowSSMAgentPermissions",
        Effect: "Allow",
        Action: words(`
          ssm:DescribeAssociation ssm:GetDeployablePatchSnapshotForInstance ssm:GetDocument
          ssm:DescribeDocument ssm:GetManifest ssm:ListAssociations ssm:ListInstanceAssociations
          ssm:PutInventory ssm:PutComplianceItems ssm:PutConfigurePackageResult
          ssm:UpdateAssociationStatus ssm:UpdateInstanceAssociationStatus
          ssm:UpdateInstanceInformation
        `),
        Resource: "*",
      },
      {
        Sid: "AllowSSMChannelMessaging",
        Effect: "Allow",
        Action: words(`
          ssmmessages:CreateControlChannel ssmmessages:CreateDataChannel
          ssmmessages:OpenControlChannel ssmmessages:OpenDataChannel
        `),
        Resource: "*",
      },
      {
        Sid: "AllowSSMLegacyMessaging",
        Effect: "Allow",
        Action: words(`
          ec2messages:AcknowledgeMessage ec2messages:DeleteMessage ec2messages:FailMessage
          ec2messages:GetEndpoint ec2messages:GetMessages ec2messages:SendReply
        `),
        Resource: "*",
      },
    ],
  },
  {
    name: "AmazonSSMManagedInstanceCore",
    version: "v2",
    created: "2019-03-15T17:22:12Z",
    updated: "2019-05-23T16:54:21Z",
    statements: [
      {
        Effect: "Allow",
        Action: words(`
          ssm:DescribeAssociation ssm:GetDeployablePatchSnapshotForInstance ssm:GetDocument
          ssm:DescribeDocument ssm:GetManifest ssm:GetParameter ssm:GetParameters ssm:ListAssociations
          ssm:ListInstanceAssociations ssm:PutInventory ssm:PutComplianceItems
          ssm:PutConfigurePackageResult ssm:UpdateAssociationStatus
          ssm:UpdateInstanceAssociationStatus ssm:UpdateInstanceInformation
        `),
        Resource: "*",
      },
      {
        Effect: "Allow",
        Action: words(`
          ssmmessages:CreateControlChannel ssmmessages:CreateDataChannel
          ssmmessages:OpenControlChannel ssmmessages:OpenDataChannel
        `),
        Resource: "*",
      },
      {
        Effect: "Allow",
        Action: words(`
          ec2messages:AcknowledgeMessage ec2messages:DeleteMessage ec2messages:FailMessage
          ec2messages:GetEndpoint ec2messages:GetMessages ec2messages:SendReply
        `),
        Resource: "*",
      },
    ],
  },
  {
    name: "AmazonSSMPatchAssociation",
    version: "v1",
    created: "2020-05-13T16:00:42Z",
    updated: "2020-05-13T16:00:42Z",
    statements: [
      {
        Effect: "Allow",
        Action: "ssm:DescribeEffectivePatchesForPatchBaseline",
        Resource: "arn:aws:ssm:*:*:patchbaseline/*",
      },
      {
        Effect: "Allow",
        Action: "ssm:GetPatchBaseline",
        Resource: "arn:aws:ssm:*:*:patchbaseline/*",
      },
      { Effect: "Allow", Action: "tag:GetResources", Resource: "*" },
      { Effect: "Allow", Action: "ssm:DescribePatchBaselines", Resource: "*" },
    ],
  },
  {
    name: "AmazonSSMReadOnlyAccess",
    version: "v1",
    created: "2015-05-29T17:44:19Z",
    updated: "2015-05-29T17:44:19Z",
    statements: [
      { Effect: "Allow", Action: ["ssm:Describe*", "ssm:Get*", "ssm:List*"], Resource: "*" },
    ],
  },
];
