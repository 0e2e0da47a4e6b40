import { AwsError } from "../../../base/errors.ts";
import { boolean, list, required, string, structure } from "../../../shape/shape.ts";
import { shownGrant, storedName } from "../grant-principals.ts";
import { grantEntryOf } from "../model/grant-entry.ts";
import type { Grant } from "../model/key.ts";
import { cutPage, pageLimit, readMarker } from "../model/marker.ts";
import * as member from "../model/members.ts";
import { defineOperation } from "../operation.ts";

/** Lists the grants of a KMS key by their ids, on request only those of one id or grantee. */
export const listGrants = defineOperation({
  name: "ListGrants",
  readOnly: true,
  input: structure({
    Limit: member.limit,
    Marker: member.marker,
    KeyId: required(member.keyIdentifier),
    GrantId: member.grantId,
    GranteePrincipal: member.principal,
    GranteeServicePrincipal: member.servicePrincipal,
  }),
  output: structure({
    Grants: required(list(member.grantEntry)),
    NextMarker: string(),
    Truncated: required(boolean),
  }),
  keys: {
    key: {
      locate: ({ KeyId }) => KeyId,
      identifiers: "key",
      action: "kms:ListGrants",
      states: "any",
      crossAccount: true,
    },
  },
  audit: {
    request: ["KeyId", "GrantId", "GranteePrincipal", "GranteeServicePrincipal", "Limit", "Marker"],
  },

  async handle({ input, keys: { key }, tools: { principals } }) {
    if (input.GrantId !== undefined && !/^[0-9a-f]{64}$/.test(input.GrantId))
      throw new AwsError("InvalidGrantIdException", `Invalid grant ID ${input.GrantId}`);
    const GranteePrincipal = await storedName(input.GranteePrincipal, principals);
    const filter = [input.GrantId, input.GranteePrincipal, input.GranteeServicePrincipal].join(" ");
    const listing = `ListGrants ${key.arn} ${filter}`;
    const after = readMarker(input.Marker, listing) ?? "";
    const limit = pageLimit(input.Limit, { most: 100, usual: 50 });
    const wanted = behind(key.grants, after)
      .filter((grant) => matches(grant, { ...input, GranteePrincipal }))
      .take(limit + 1)
      .toArray();
    const { entries, page } = cutPage(wanted, limit, listing, ({ grantId }) => grantId);
    const shown = await Promise.all(entries.map((grant) => shownGrant(grant, principals)));
    return { output: { Grants: shown.map((grant) => grantEntryOf(key.arn, grant)), ...page } };
  },
});

/** The grants of a key behind an id: they are in the order of their ids, and may be very many. */
function behind(grants: readonly Grant[], after: string): IteratorObject<Grant> {
  let start = 0;
  for (let end = grants.length; start < end; ) {
    const middle = Math.floor((start + end) / 2);
    if ((grants[middle]?.grantId ?? "") > after) end = middle;
    else start = middle + 1;
  }
  return grants.slice(start).values();
}

interface Filter {
  readonly GrantId?: string | undefined;
  readonly GranteePrincipal?: string | undefined;
  readonly GranteeServicePrincipal?: string | undefined;
}

function matches({ grantId, grantee }: Grant, filter: Filter): boolean {
  const { GrantId, GranteePrincipal, GranteeServicePrincipal } = filter;
  if (GrantId !== undefined && GrantId !== grantId) return false;
  if (
    GranteePrincipal !== undefined &&
    !("principal" in grantee && grantee.principal === GranteePrincipal)
  )
    return false;
  return (
    GranteeServicePrincipal === undefined ||
    ("service" in grantee && grantee.service === GranteeServicePrincipal)
  );
}
