import type { Principal } from "../../authorization/request.ts";
import type { Holder } from "./inline-policies.ts";
import type { Entities } from "./model/identity.ts";
import { entityArn } from "./model/identity.ts";
import type { SimulationRequest } from "./model/simulation-members.ts";
import type { IamTools } from "./operation.ts";
import { findHolder, managedDocument, policiesOf } from "./policies-of.ts";
import type { SimulatedPolicy } from "./simulation.ts";
import { invalid, readCaller } from "./simulation-request.ts";

/** A user, group or role whose policies are simulated. */
export interface SimulationSource {
  readonly arn: string;
  readonly kind: Holder;
  readonly entity: Entities[Holder];
  readonly policies: readonly SimulatedPolicy[];
  readonly boundary: SimulatedPolicy | undefined;
}

/** The source that an ARN names. Throws ValidationError, NoSuchEntity. */
export async function sourceOf(
  arn: string,
  account: string,
  tools: IamTools,
): Promise<SimulationSource> {
  const { kind, entity } = await findHolder(arn, account, tools);
  const attached = await policiesOf(arn, account, tools);
  const bounding = "boundary" in entity ? entity.boundary : undefined;
  const text = bounding && (await managedDocument(bounding, account, tools));
  return {
    arn,
    kind,
    entity,
    policies: attached.map(({ name, document }) => ({ id: name, text: document })),
    boundary: bounding && text ? { id: bounding.split("/").at(-1) ?? "", text } : undefined,
  };
}

/** Who calls in a simulation: the user that the request names, else the source itself. Throws InvalidInput. */
export function simulatedCaller(
  { CallerArn, ResourcePolicy }: SimulationRequest,
  source: SimulationSource,
): { readonly principal: Principal; readonly tags: Readonly<Record<string, string>> } {
  if (CallerArn !== undefined && CallerArn !== source.arn)
    return { principal: readCaller(CallerArn), tags: {} };
  if (ResourcePolicy !== undefined && source.kind !== "user")
    throw invalid("CallerArn is required with ResourcePolicy where the policy source is no user.");
  const { entity, arn } = source;
  const { account } = entity;
  const tags = "tags" in entity ? entity.tags : {};
  if (!("roleId" in entity)) {
    const userId = "userId" in entity ? entity.userId : "";
    return { principal: { type: "User", arn, account, userId }, tags };
  }
  const userId = `${entity.roleId}:simulated`;
  const session = `arn:aws:sts::${account}:assumed-role/${entity.name}/simulated`;
  const roleArn = entityArn("role", entity);
  return { principal: { type: "AssumedRole", arn: session, account, userId, roleArn }, tags };
}
