import type { CallContext } from "../../api/context.ts";
import { awsManagedKeyPolicy } from "../../authorization/default-policies.ts";
import { formatPolicy } from "../../authorization/policy-format.ts";
import { day } from "../../base/clock.ts";
import { joinChanges } from "../../database/commit.ts";
import { newKey } from "./create.ts";
import type { KmsKey } from "./model/key.ts";
import type { KmsTools } from "./operation.ts";
import { insertKey } from "./tables/keys.ts";

/** A service whose data AWS protects under a key of its own making when the user names none. */
interface ManagedKeyRow {
  /** The part of `alias/aws/<name>`. */
  readonly name: string;
  readonly title: string;
}

const rows: readonly ManagedKeyRow[] = [
  { name: "acm", title: "ACM private keys" },
  { name: "backup", title: "Backup data" },
  { name: "codecommit", title: "CodeCommit repositories" },
  { name: "dms", title: "DMS replication instances" },
  { name: "dynamodb", title: "DynamoDB tables" },
  { name: "ebs", title: "EBS volumes" },
  { name: "elasticfilesystem", title: "EFS filesystems" },
  { name: "elastictranscoder", title: "Elastic Transcoder files" },
  { name: "es", title: "Elasticsearch domains" },
  { name: "glue", title: "Glue data" },
  { name: "kinesis", title: "Kinesis streams" },
  { name: "lambda", title: "Lambda functions" },
  { name: "rds", title: "RDS database volumes" },
  { name: "redshift", title: "Redshift clusters" },
  { name: "s3", title: "S3 objects" },
  { name: "secretsmanager", title: "Secrets Manager data" },
  { name: "sns", title: "SNS data" },
  { name: "sqs", title: "SQS data" },
  { name: "ssm", title: "SSM parameters" },
  { name: "workmail", title: "WorkMail mailboxes" },
];

const prefix = "alias/aws/";

/** Names of the aliases that every account has in every region, with or without a key behind them. */
export const managedAliases: readonly string[] = rows.map((row) => prefix + row.name);

/** Period of the rotation that AWS managed keys always have. */
const yearly = 365;

/** An AWS managed key as it comes into being by being named; undefined for an alias that AWS does not predefine. */
export async function createManagedKey(
  alias: string,
  account: string,
  context: CallContext,
  tools: KmsTools,
): Promise<KmsKey | undefined> {
  const row = rows.find((each) => prefix + each.name === alias);
  if (row === undefined || account !== context.account) return undefined;
  const { region, time } = context;
  const { domain, change } = await tools.keys.domains.findOrCreate(account, region);
  const material = await tools.keyStore.generate(domain, tools.ids.uuid(), "SYMMETRIC_DEFAULT");
  const key: KmsKey = {
    ...newKey(material, {
      createdAt: time,
      description: `Default key that protects my ${row.title} when no other key is defined`,
      policy: formatPolicy(awsManagedKeyPolicy({ service: row.name, account, region })),
      tags: [],
    }),
    manager: "AWS",
    rotation: { periodInDays: yearly, nextDate: new Date(time.getTime() + yearly * day) },
    aliases: [{ name: alias, createdAt: time, updatedAt: time }],
  };
  return { ...key, creation: joinChanges([change, insertKey(key)]) };
}
