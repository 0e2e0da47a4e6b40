/** Amazon Resource Names: `arn:<partition>:<service>:<region>:<account>:<resource>`. */
export interface Arn {
  readonly partition: string;
  readonly service: string;
  readonly region: string;
  readonly account: string;
  readonly resource: string;
}

/** Splits an ARN into its six parts; undefined when it has fewer, or does not start with `arn:`. */
export function parseArn(text: string): Arn | undefined {
  if (!text.startsWith("arn:")) return undefined;
  const service = text.indexOf(":", 4) + 1;
  const region = text.indexOf(":", service) + 1;
  const account = text.indexOf(":", region) + 1;
  const resource = text.indexOf(":", account) + 1;
  // Behind the last colon there is none: that ends before it began.
  if (service <= 5 || region <= service + 1 || account <= region || resource <= account)
    return undefined;
  return {
    partition: text.slice(4, service - 1),
    service: text.slice(service, region - 1),
    region: text.slice(region, account - 1),
    account: text.slice(account, resource - 1),
    resource: text.slice(resource),
  };
}

/** The partition that a region belongs to, by AWS's naming of regions. */
export function partitionOf(region: string): string {
  for (const { prefix, partition } of partitions) if (region.startsWith(prefix)) return partition;
  return "aws";
}

const partitions = [
  { prefix: "cn-", partition: "aws-cn" },
  { prefix: "us-gov-", partition: "aws-us-gov" },
  { prefix: "us-iso-", partition: "aws-iso" },
  { prefix: "us-isob-", partition: "aws-iso-b" },
  { prefix: "eu-isoe-", partition: "aws-iso-e" },
  { prefix: "us-isof-", partition: "aws-iso-f" },
  { prefix: "eusc-", partition: "aws-eusc" },
] as const;

/** The ARN of a KMS resource such as `key/<id>` or `alias/<name>`. */
export function kmsArn(region: string, account: string, resource: string): string {
  return `arn:${partitionOf(region)}:kms:${region}:${account}:${resource}`;
}

/** The ARN of a global identity such as `root`, `user/<name>` or `policy/<name>`. */
export function iamArn(account: string, resource: string): string {
  return `arn:aws:iam::${account}:${resource}`;
}

/** Whether text can be a region's name, by the pattern of AWS's model. */
export function isRegionName(text: string): boolean {
  return text.length <= 32 && regionName.test(text);
}

const regionName = /^([a-z]+-){2,3}\d+$/;
