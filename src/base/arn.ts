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
  const row = partitions.find(([prefix]) => region.startsWith(prefix));
  return row?.[1] ?? "aws";
}

const partitions: readonly (readonly [string, string])[] = [
  ["cn-", "aws-cn"],
  ["us-gov-", "aws-us-gov"],
  ["us-iso-", "aws-iso"],
  ["us-isob-", "aws-iso-b"],
  ["eu-isoe-", "aws-iso-e"],
  ["us-isof-", "aws-iso-f"],
  ["eusc-", "aws-eusc"],
];

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
