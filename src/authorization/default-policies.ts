/** The key policies that a key gets when nobody writes one. */
import { partitionOf } from "../base/arn.ts";
import type { PolicyDocument, Statement } from "./policy-document.ts";
import type { Strings } from "./policy-members.ts";

/** The key policy of CreateKey and ReplicateKey without Policy: everything to the account, which decides by IAM. */
export function defaultKeyPolicy(account: string, partition = "aws"): PolicyDocument {
  return keyPolicy("key-default-1", [enableAccount(account, partition)]);
}

/** What the users of a key may do with it, by the kind of key. */
const useActions = {
  symmetric: ["Encrypt", "Decrypt", "ReEncrypt*", "GenerateDataKey*", "DescribeKey"],
  hmac: ["DescribeKey", "GenerateMac", "VerifyMac"],
  encryption: ["Encrypt", "Decrypt", "ReEncrypt*", "DescribeKey", "GetPublicKey"],
  signing: ["DescribeKey", "GetPublicKey", "Sign", "Verify"],
  agreement: ["DescribeKey", "GetPublicKey", "DeriveSharedSecret"],
} as const;

const administration = [
  ...["Create*", "Describe*", "Enable*", "List*", "Put*", "Update*", "Revoke*", "Disable*", "Get*"],
  ...["Delete*", "TagResource", "UntagResource", "ScheduleKeyDeletion", "CancelKeyDeletion"],
  "RotateKeyOnDemand",
];

/** The choices of the console's key wizard. Principals are ARNs; users may be the roots of other accounts. */
export interface ConsoleKeyPolicyChoices {
  readonly account: string;
  readonly partition?: string;
  readonly administrators: readonly string[];
  readonly users: readonly string[];
  readonly use: keyof typeof useActions;
  /** The key material will be imported. */
  readonly imported?: boolean;
  /** The key is a multi-Region primary. */
  readonly multiRegion?: boolean;
}

/** The key policy that the console writes. A statement for nobody is left out. */
export function consoleKeyPolicy(choices: ConsoleKeyPolicyChoices): PolicyDocument {
  const { account, partition = "aws", administrators, users } = choices;
  const statements = [enableAccount(account, partition)];
  const administer = [
    ...administration,
    ...(choices.imported ? ["ImportKeyMaterial"] : []),
    ...(choices.multiRegion ? ["ReplicateKey", "UpdatePrimaryRegion"] : []),
  ];
  if (administrators.length > 0)
    statements.push(allow("Allow access for Key Administrators", administrators, administer));
  if (users.length > 0)
    statements.push(allow("Allow use of the key", users, useActions[choices.use]), {
      ...allow("Allow attachment of persistent resources", users, [
        "CreateGrant",
        "ListGrants",
        "RevokeGrant",
      ]),
      Condition: { Bool: { "kms:GrantIsForAWSResource": "true" } },
    });
  return keyPolicy("key-consolepolicy-3", statements);
}

/** The services whose AWS managed key names another service or title than its alias does. */
const services: Readonly<Record<string, { readonly title?: string; readonly host?: string }>> = {
  ebs: { host: "ec2" },
  secretsmanager: { title: "AWS Secrets Manager" },
};

/** Which AWS managed key: `service` as in `alias/aws/<service>`. */
export interface AwsManagedKey {
  readonly service: string;
  readonly account: string;
  readonly region: string;
}

/** The fixed key policy of an AWS managed key: use through the service, direct access to metadata only. */
export function awsManagedKeyPolicy({ service, account, region }: AwsManagedKey): PolicyDocument {
  const { title = service.toUpperCase(), host = service } = services[service] ?? {};
  const everyone = `all principals in the account that are authorized to use ${title}`;
  const use = [...useActions.symmetric.slice(0, 4), "CreateGrant", "DescribeKey"];
  const viaService = {
    ...allow(`Allow access through ${title} for ${everyone}`, ["*"], use),
    Condition: {
      StringEquals: {
        "kms:CallerAccount": account,
        "kms:ViaService": `${host}.${region}.amazonaws.com`,
      },
    },
  };
  const root = rootArn(account, partitionOf(region));
  const metadata = ["Describe*", "Get*", "List*", "RevokeGrant"];
  return keyPolicy(`auto-${service}-2`, [
    viaService,
    allow("Allow direct access to key metadata to the account", [root], metadata),
  ]);
}

function enableAccount(account: string, partition: string): Statement {
  return allow("Enable IAM User Permissions", [rootArn(account, partition)], ["*"]);
}

function keyPolicy(Id: string, statements: readonly Statement[]): PolicyDocument {
  return { Version: "2012-10-17", Id, Statement: statements };
}

function allow(sid: string, principals: readonly string[], actions: readonly string[]): Statement {
  return {
    Sid: sid,
    Effect: "Allow",
    Principal: { AWS: single(principals) },
    Action: single(actions.map((action) => `kms:${action}`)),
    Resource: "*",
  };
}

/** A list of one is written as its text. */
function single(list: readonly string[]): Strings {
  const [first, ...rest] = list;
  return first !== undefined && rest.length === 0 ? first : list;
}

function rootArn(account: string, partition: string): string {
  return `arn:${partition}:iam::${account}:root`;
}
