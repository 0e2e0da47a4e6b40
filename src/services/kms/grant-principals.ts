import type { Principals } from "../../api/principals.ts";
import { shownPrincipal } from "../../api/principals.ts";
import { AwsError } from "../../base/errors.ts";
import type { GrantRequest } from "./grants.ts";
import type { Grant, GrantParty } from "./model/key.ts";

/** A request with its principals as they are stored. Throws InvalidArnException for one that does not exist. */
export async function withStoredPrincipals(
  request: GrantRequest,
  principals: Principals,
): Promise<GrantRequest> {
  const { GranteePrincipal: grantee, RetiringPrincipal: retiring } = request;
  return {
    ...request,
    GranteePrincipal: grantee && (await existing(grantee, principals)),
    RetiringPrincipal: retiring && (await existing(retiring, principals)),
  };
}

/** What grants store for a principal that a caller looks for; of one that has gone, its id is left. */
export async function storedName(
  principal: string | undefined,
  principals: Principals,
): Promise<string | undefined> {
  return principal && ((await principals.resolve(principal)) ?? principal);
}

/** A grant with its principals as they are shown. */
export async function shownGrant(grant: Grant, principals: Principals): Promise<Grant> {
  const { grantee, retiring } = grant;
  return {
    ...grant,
    grantee: await shownParty(grantee, principals),
    ...(retiring === undefined ? {} : { retiring: await shownParty(retiring, principals) }),
  };
}

async function existing(arn: string, principals: Principals): Promise<string> {
  const stored = arn.startsWith("arn:") ? await principals.resolve(arn) : undefined;
  if (stored === undefined)
    throw new AwsError("InvalidArnException", `ARN does not refer to a valid principal: ${arn}`);
  return stored;
}

async function shownParty(party: GrantParty, principals: Principals): Promise<GrantParty> {
  if ("service" in party) return party;
  return { principal: await shownPrincipal(party.principal, principals) };
}
