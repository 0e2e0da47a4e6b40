import { parseArn } from "../../base/arn.ts";
import { AwsError } from "../../base/errors.ts";
import type { Holder } from "./inline-policies.ts";
import { awsManagedPolicies } from "./model/aws-managed-policies.ts";
import type { Entities } from "./model/identity.ts";
import { defaultDocument, entityArn, policyPlace } from "./model/identity.ts";
import type { IamTools } from "./operation.ts";

/** A policy that speaks for a user, group or role, and where it is attached. */
export interface AttachedPolicy {
  readonly name: string;
  readonly document: string;
  /** Of managed ones. */
  readonly arn?: string;
  readonly holder: { readonly kind: Holder; readonly name: string };
}

/** The policies of the user (with those of its groups), group or role of an ARN. Throws ValidationError, NoSuchEntity. */
export async function policiesOf(
  arn: string,
  account: string,
  tools: IamTools,
): Promise<readonly AttachedPolicy[]> {
  const { kind, entity } = await findHolder(arn, account, tools);
  const own = await policiesOn(kind, entity, tools);
  if (!("groups" in entity)) return own;
  const groups = await Promise.all(
    entity.groups.map(async (name) => {
      const group = await tools.identities.find("group", account, name);
      return group === undefined ? [] : policiesOn("group", group, tools);
    }),
  );
  return [...own, ...groups.flat()];
}

/** The user, group or role of an ARN. Throws ValidationError, NoSuchEntity. */
export async function findHolder(
  arn: string,
  account: string,
  { identities }: IamTools,
): Promise<{ readonly kind: Holder; readonly entity: Entities[Holder] }> {
  const parsed = parseArn(arn);
  const [, kind, name = ""] =
    /^(user|group|role)\/(?:.*\/)?([^/]+)$/.exec(parsed?.resource ?? "") ?? [];
  if (parsed?.service !== "iam" || (kind !== "user" && kind !== "group" && kind !== "role"))
    throw new AwsError("ValidationException", `ARN ${arn} is not valid.`);
  const entity =
    parsed.account === account ? await identities.find(kind, account, name) : undefined;
  if (entity === undefined || entityArn(kind, entity) !== arn)
    throw new AwsError("NoSuchEntityException", `The entity ${arn} cannot be found.`);
  return { kind, entity };
}

async function policiesOn(
  kind: Holder,
  { account, name, inlinePolicies, managedPolicies }: Entities[Holder],
  tools: IamTools,
): Promise<readonly AttachedPolicy[]> {
  const holder = { kind, name };
  const inline = Object.entries(inlinePolicies).map(([policy, document]) => ({
    name: policy,
    document,
    holder,
  }));
  const managed = await Promise.all(
    managedPolicies.map(async (arn) => {
      const document = await managedDocument(arn, account, tools);
      return document === undefined ? [] : { name: policyPlace(arn).name, document, arn, holder };
    }),
  );
  return [...inline, ...managed.flat()];
}

/** The document of a managed policy; undefined for one that was detached and deleted since its holder was read. */
export async function managedDocument(
  arn: string,
  account: string,
  { identities }: IamTools,
): Promise<string | undefined> {
  const known = awsManagedPolicies.get(arn);
  if (known !== undefined) return known;
  const policy = await identities.find("policy", account, policyPlace(arn).name);
  return policy && defaultDocument(policy);
}
