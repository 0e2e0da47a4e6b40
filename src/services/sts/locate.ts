import type { CallContext } from "../../api/context.ts";
import type { ThingDemand } from "../../api/operation.ts";
import { parseArn } from "../../base/arn.ts";
import { AwsError } from "../../base/errors.ts";
import type { RoleThing, StsTools } from "./operation.ts";

/** Finds a role. One that does not exist is refused as one that may not be assumed. */
export async function locateRole(
  demand: ThingDemand<unknown>,
  input: unknown,
  context: CallContext,
  { identities }: StsTools,
): Promise<RoleThing> {
  const arn = demand.locate(input) ?? "";
  if (!parseArn(arn)?.resource) throw new AwsError("ValidationException", `${arn} is invalid`);
  const role = await identities.findRole(arn);
  if (role === undefined)
    throw new AwsError("AccessDeniedException", denial(context, demand.action, arn));
  const { account, version } = role;
  return { role, arn, account, version };
}

/** AWS's refusal, which does not tell why. */
export function denial({ caller }: CallContext, action: string, arn: string): string {
  if (action === webIdentityAction) return `Not authorized to perform ${webIdentityAction}`;
  return `User: ${caller.principal.arn} is not authorized to perform: ${action} on resource: ${arn}`;
}

const webIdentityAction = "sts:AssumeRoleWithWebIdentity";
