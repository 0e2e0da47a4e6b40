import type { AwsPolicy } from "./row.ts";
import { words } from "./row.ts";

/** AWS's policies of administrators. */
export const administrationPolicies: readonly AwsPolicy[] = [
  {
    name: "AdministratorAccess",
    version: "v1",
    created: "2015-02-06T18:39:46Z",
    updated: "2015-02-06T18:39:46Z",
    statements: [{ Effect: "Allow", Action: "*", Resource: "*" }],
  },
  {
    name: "PowerUserAccess",
    version: "v12",
    created: "2015-02-06T18:39:47Z",
    updated: "2026-02-12T17:59:14Z",
    statements: [
      { Effect: "Allow", NotAction: ["iam:*", "organizations:*", "account:*"], Resource: "*" },
      {
        Effect: "Allow",
        Action: words(`
          account:GetAccountInformation account:GetGovCloudAccountInformation account:GetPrimaryEmail
          account:ListRegions iam:CreateServiceLinkedRole iam:DeleteServiceLinkedRole iam:ListRoles
          organizations:DescribeEffectivePolicy organizations:DescribeOrganization
        `),
        Resource: "*",
      },
    ],
  },
  {
    name: "IAMFullAccess",
    version: "v2",
    created: "2015-02-06T18:40:38Z",
    updated: "2019-06-21T19:40:00Z",
    statements: [
      {
        Effect: "Allow",
        Action: words(`
          iam:* organizations:DescribeAccount organizations:DescribeOrganization
          organizations:DescribeOrganizationalUnit organizations:DescribePolicy
          organizations:ListChildren organizations:ListParents organizations:ListPoliciesForTarget
          organizations:ListRoots organizations:ListPolicies organizations:ListTargetsForPolicy
        `),
        Resource: "*",
      },
    ],
  },
  {
    name: "IAMReadOnlyAccess",
    version: "v4",
    created: "2015-02-06T18:40:39Z",
    updated: "2018-01-25T19:11:27Z",
    statements: [
      {
        Effect: "Allow",
        Action: words(`
          iam:GenerateCredentialReport iam:GenerateServiceLastAccessedDetails iam:Get* iam:List*
          iam:SimulateCustomPolicy iam:SimulatePrincipalPolicy
        `),
        Resource: "*",
      },
    ],
  },
  {
    name: "IAMUserChangePassword",
    version: "v5",
    created: "2016-11-15T00:25:16Z",
    updated: "2026-02-12T17:58:57Z",
    statements: [
      {
        Effect: "Allow",
        Action: ["iam:ChangePassword"],
        // biome-ignore lint/suspicious/noTemplateCurlyInString: a policy variable
        Resource: ["arn:aws:iam::*:user/${aws:username}", "arn:aws:iam::*:user/*/${aws:username}"],
      },
      { Effect: "Allow", Action: ["iam:GetAccountPasswordPolicy"], Resource: "*" },
    ],
  },
  {
    name: "AWSKeyManagementServicePowerUser",
    version: "v2",
    created: "2015-02-06T18:40:40Z",
    updated: "2017-03-07T00:55:11Z",
    statements: [
      {
        Effect: "Allow",
        Action: words(`
          kms:CreateAlias kms:CreateKey kms:DeleteAlias kms:Describe* kms:GenerateRandom kms:Get*
          kms:List* kms:TagResource kms:UntagResource iam:ListGroups iam:ListRoles iam:ListUsers
        `),
        Resource: "*",
      },
    ],
  },
  {
    name: "AWSKeyManagementServiceCustomKeyStoresServiceRolePolicy",
    path: "/aws-service-role/",
    version: "v2",
    created: "2018-11-14T20:10:53Z",
    updated: "2023-11-10T19:03:34Z",
    statements: [
      {
        Effect: "Allow",
        Action: words(`
          cloudhsm:Describe* ec2:CreateNetworkInterface ec2:AuthorizeSecurityGroupIngress
          ec2:CreateSecurityGroup ec2:DescribeSecurityGroups ec2:RevokeSecurityGroupEgress
          ec2:DeleteSecurityGroup ec2:DescribeVpcs ec2:DescribeNetworkAcls
          ec2:DescribeNetworkInterfaces
        `),
        Resource: "*",
      },
    ],
  },
  {
    name: "AWSKeyManagementServiceMultiRegionKeysServiceRolePolicy",
    path: "/aws-service-role/",
    version: "v2",
    created: "2021-06-16T15:37:37Z",
    updated: "2024-11-13T22:53:54Z",
    statements: [
      {
        Sid: "KMSSynchronizeMultiRegionKey",
        Effect: "Allow",
        Action: ["kms:SynchronizeMultiRegionKey"],
        Resource: "*",
      },
    ],
  },
  {
    name: "AWSOrganizationsFullAccess",
    version: "v9",
    created: "2018-11-06T20:31:57Z",
    updated: "2026-02-12T17:59:07Z",
    statements: [
      {
        Sid: "AWSOrganizationsFullAccess",
        Effect: "Allow",
        Action: "organizations:*",
        Resource: "*",
      },
      {
        Sid: "AWSOrganizationsFullAccessAccount",
        Effect: "Allow",
        Action: words(`
          account:PutAlternateContact account:DeleteAlternateContact account:GetAlternateContact
          account:GetContactInformation account:PutContactInformation account:ListRegions
          account:EnableRegion account:DisableRegion account:PutAccountName
          account:GetAccountInformation
        `),
        Resource: "*",
      },
      {
        Sid: "AWSOrganizationsFullAccessCreateSLR",
        Effect: "Allow",
        Action: "iam:CreateServiceLinkedRole",
        Resource: "*",
        Condition: { StringEquals: { "iam:AWSServiceName": "organizations.amazonaws.com" } },
      },
    ],
  },
  {
    name: "AWSOrganizationsReadOnlyAccess",
    version: "v6",
    created: "2018-11-06T20:32:38Z",
    updated: "2024-06-07T21:32:16Z",
    statements: [
      {
        Sid: "AWSOrganizationsReadOnly",
        Effect: "Allow",
        Action: ["organizations:Describe*", "organizations:List*"],
        Resource: "*",
      },
      {
        Sid: "AWSOrganizationsReadOnlyAccount",
        Effect: "Allow",
        Action: words(`
          account:GetAlternateContact account:GetContactInformation account:ListRegions
          account:GetRegionOptStatus account:GetPrimaryEmail
        `),
        Resource: "*",
      },
    ],
  },
  {
    name: "AWSDenyAll",
    version: "v2",
    created: "2019-05-01T22:36:14Z",
    updated: "2023-12-18T16:42:05Z",
    statements: [{ Sid: "DenyAll", Effect: "Deny", Action: ["*"], Resource: "*" }],
  },
];
