import { parseArn } from "../../../base/arn.ts";
import { AwsError } from "../../../base/errors.ts";
import { boolean, list, required, string, structure } from "../../../shape/shape.ts";
import { shownGrant, storedName } from "../grant-principals.ts";
import { grantEntryOf } from "../model/grant-entry.ts";
import { cutPage, pageLimit, readMarker } from "../model/marker.ts";
import * as member from "../model/members.ts";
import { defineOperation } from "../operation.ts";
import { listRetirable } from "../tables/listings.ts";

/** Lists the grants, on keys of any account, that name a principal of the caller's account as the one to retire them. */
export const listRetirableGrants = defineOperation({
  name: "ListRetirableGrants",
  readOnly: true,
  input: structure({
    Limit: member.limit,
    Marker: member.marker,
    RetiringPrincipal: member.principal,
    RetiringServicePrincipal: member.servicePrincipal,
  }),
  output: structure({
    Grants: required(list(member.grantEntry)),
    NextMarker: string(),
    Truncated: required(boolean),
  }),
  identity: [{ action: "kms:ListRetirableGrants", resource: () => "*" }],
  keys: {},
  audit: { request: ["RetiringPrincipal", "RetiringServicePrincipal", "Limit", "Marker"] },

  async handle({ input, context, tools }) {
    const retiring = requireOwnPrincipal(input, context.account);
    const listing = `ListRetirableGrants ${context.region} ${retiring}`;
    const after = readMarker(input.Marker, listing) ?? "";
    const limit = pageLimit(input.Limit, { most: 100, usual: 50 });
    const { principals, keys } = tools;
    const { reader, domains } = keys;
    const stored = (await storedName(retiring, principals)) ?? retiring;
    const domainOf = (account: string) => domains.find(account, context.region);
    const found = await listRetirable(reader, context.region, stored, after, limit + 1, domainOf);
    const { entries, page } = cutPage(found, limit, listing, ({ grant }) => grant.grantId);
    const Grants = await Promise.all(
      entries.map(async ({ keyArn, grant }) =>
        grantEntryOf(keyArn, await shownGrant(grant, principals)),
      ),
    );
    return { output: { Grants, ...page } };
  },
});

function requireOwnPrincipal(
  input: {
    readonly RetiringPrincipal?: string | undefined;
    readonly RetiringServicePrincipal?: string | undefined;
  },
  account: string,
): string {
  const { RetiringPrincipal: retiring, RetiringServicePrincipal: service } = input;
  if (service !== undefined)
    throw new AwsError(
      "AccessDeniedException",
      "RetiringServicePrincipal can only be used by AWS services.",
    );
  if (retiring === undefined)
    throw new AwsError("ValidationException", "RetiringPrincipal is required.");
  const arn = parseArn(retiring);
  if (arn === undefined) throw new AwsError("InvalidArnException", `Invalid arn ${retiring}`);
  if (arn.account !== account)
    throw new AwsError(
      "ValidationException",
      "RetiringPrincipal must be a principal of your AWS account.",
    );
  return retiring;
}
