import type { CallContext } from "../../../api/context.ts";
import { kmsArn } from "../../../base/arn.ts";
import { AwsError } from "../../../base/errors.ts";

/** Whether an alias is reserved for AWS managed keys. */
function isReservedAlias(name: string): boolean {
  return name.startsWith("alias/aws/");
}

/** The ARN of an alias of the caller's account and region. */
export function aliasArn(name: string, { account, region }: CallContext): string {
  return kmsArn(region, account, name);
}

/** Refuses names that an alias of a customer cannot have (facts 14); returns the others. */
export function requireCustomerAlias(name: string): string {
  if (!name.startsWith("alias/"))
    throw new AwsError(
      "ValidationException",
      'Alias must start with the prefix "alias/". Please see https://docs.aws.amazon.com/kms/latest/developerguide/kms-alias.html',
    );
  if (isReservedAlias(name)) throw new AwsError("NotAuthorizedException");
  if (name === "alias/" || name.includes(":"))
    throw new AwsError("ValidationException", `${name} contains invalid characters for an alias`);
  return name;
}

/** Refuses an alias where only a key may stand. */
export function requireKeyTarget(target: string): string {
  if (target.startsWith("alias/") || target.includes(":alias/"))
    throw new AwsError("ValidationException", "Aliases must refer to keys. Not aliases");
  return target;
}

/** Most aliases that one key may have. */
export const mostAliases = 50;

export function tooManyAliases(keyArn: string): AwsError {
  return new AwsError(
    "LimitExceededException",
    `The key ${keyArn} already has ${mostAliases} aliases.`,
  );
}
