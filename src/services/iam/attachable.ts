import { parseArn } from "../../base/arn.ts";
import { AwsError } from "../../base/errors.ts";
import type { VersionRef } from "../../database/commit.ts";
import { awsManagedPolicies } from "./model/aws-managed-policies.ts";
import { entityArn, isServiceLinked, policyPlace } from "./model/identity.ts";
import type { IamTools } from "./operation.ts";
import { aggregateOf } from "./tables/changes.ts";

/**
 * The versions on which it rests that a managed policy exists, AWS's own or one of the account; undefined if it does not.
 * Who attaches it relies on them: a policy that is deleted at the same moment is not attached.
 */
async function findAttachable(
  arn: string,
  account: string,
  { identities }: IamTools,
): Promise<readonly VersionRef[] | undefined> {
  if (awsManagedPolicies.has(arn)) return [];
  const { name } = policyPlace(arn);
  const owner = parseArn(arn)?.account;
  const policy = owner === account ? await identities.find("policy", account, name) : undefined;
  if (policy === undefined || entityArn("policy", policy) !== arn) return undefined;
  return [{ aggregate: aggregateOf("policy", policy), version: policy.version }];
}

/** As findAttachable. Throws ValidationError, NoSuchEntity, PolicyNotAttachable. */
export async function requireAttachable(
  arn: string,
  account: string,
  tools: IamTools,
): Promise<readonly VersionRef[]> {
  if (parseArn(arn) === undefined)
    throw new AwsError("ValidationException", `ARN ${arn} is not valid.`);
  const relied = await findAttachable(arn, account, tools);
  if (relied === undefined)
    throw new AwsError(
      "NoSuchEntityException",
      `Policy ${arn} does not exist or is not attachable.`,
    );
  if (isServiceLinked(policyPlace(arn)))
    throw new AwsError(
      "PolicyNotAttachableException",
      "Cannot attach a Service Role Policy to a Customer Role.",
    );
  return relied;
}

/** The policy that bounds an entity, and the versions on which it rests that it exists. Throws NoSuchEntity. */
export async function requireBoundary(
  arn: string | undefined,
  account: string,
  tools: IamTools,
): Promise<{
  readonly bounded: { readonly boundary?: string };
  readonly relied: readonly VersionRef[];
}> {
  if (arn === undefined) return { bounded: {}, relied: [] };
  const relied = await findAttachable(arn, account, tools);
  if (relied === undefined || isServiceLinked(policyPlace(arn)))
    throw new AwsError(
      "NoSuchEntityException",
      `Scope ARN: ${arn} does not exist or is not attachable.`,
    );
  return { bounded: { boundary: arn }, relied };
}
