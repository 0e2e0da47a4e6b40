import { iamArn } from "../../../base/arn.ts";
import type { ValueOf } from "../../../shape/shape.ts";
import type { Grant, GrantParty } from "./key.ts";
import type { grantEntry } from "./members.ts";

/** A grant as ListGrants and ListRetirableGrants show it: never with its token (facts 11.6). */
export function grantEntryOf(keyArn: string, grant: Grant): ValueOf<typeof grantEntry> {
  return {
    KeyId: keyArn,
    GrantId: grant.grantId,
    Name: grant.name,
    CreationDate: grant.createdAt,
    ...party(grant.grantee, "GranteePrincipal", "GranteeServicePrincipal"),
    ...(grant.retiring === undefined
      ? {}
      : party(grant.retiring, "RetiringPrincipal", "RetiringServicePrincipal")),
    IssuingAccount: iamArn(grant.issuingAccount, "root"),
    Operations: grant.operations,
    ...(grant.constraints === undefined ? {} : { Constraints: grant.constraints }),
  };
}

function party(
  each: GrantParty,
  principalMember: string,
  serviceMember: string,
): Readonly<Record<string, string>> {
  return "service" in each
    ? { [serviceMember]: each.service }
    : { [principalMember]: each.principal };
}
