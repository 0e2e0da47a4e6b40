const document = (...statements: readonly object[]): string =>
  JSON.stringify({ Version: "2012-10-17", Statement: statements });

/** The AWS managed policies that are known here, by ARN. Attaching another one is refused, never ignored. */
export const awsManagedPolicies: ReadonlyMap<string, string> = new Map(
  Object.entries({
    AdministratorAccess: document({ Effect: "Allow", Action: "*", Resource: "*" }),
    PowerUserAccess: document(
      {
        Effect: "Allow",
        NotAction: ["iam:*", "organizations:*", "account:*"],
        Resource: "*",
      },
      {
        Effect: "Allow",
        Action: [
          "account:GetAccountInformation",
          "account:GetPrimaryEmail",
          "account:ListRegions",
          "iam:CreateServiceLinkedRole",
          "iam:DeleteServiceLinkedRole",
          "iam:ListRoles",
          "organizations:DescribeOrganization",
        ],
        Resource: "*",
      },
    ),
    IAMFullAccess: document({
      Effect: "Allow",
      Action: ["iam:*", "organizations:DescribeAccount", "organizations:DescribeOrganization"],
      Resource: "*",
    }),
    AWSKeyManagementServicePowerUser: document({
      Effect: "Allow",
      Action: [
        "kms:CreateAlias",
        "kms:CreateKey",
        "kms:DeleteAlias",
        "kms:Describe*",
        "kms:GenerateRandom",
        "kms:Get*",
        "kms:List*",
        "kms:TagResource",
        "kms:UntagResource",
        "iam:ListGroups",
        "iam:ListRoles",
        "iam:ListUsers",
      ],
      Resource: "*",
    }),
  }).map(([name, text]) => [`arn:aws:iam::aws:policy/${name}`, text]),
);
