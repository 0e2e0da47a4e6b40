import { kmsArn } from "../../../base/arn.ts";
import { boolean, list, oneOf, required, string, structure } from "../../../shape/shape.ts";
import { cutPage, pageLimit, readMarker } from "../model/marker.ts";
import * as member from "../model/members.ts";
import { defineOperation } from "../operation.ts";
import { listKeyIds } from "../tables/listings.ts";

const owners = list(oneOf("SELF", "OTHER_ACCOUNTS_VIA_RAM"), { min: 1, max: 2 });

/** Lists the KMS keys of the caller's account and region, by id. Other accounts share none: there is no Resource Access Manager. */
export const listKeys = defineOperation({
  name: "ListKeys",
  readOnly: true,
  input: structure({ Limit: member.limit, Marker: member.marker, ResourceOwners: owners }),
  output: structure({
    Keys: required(list(structure({ KeyId: string(), KeyArn: string() }))),
    NextMarker: string(),
    Truncated: required(boolean),
  }),
  identity: [{ action: "kms:ListKeys", resource: () => "*" }],
  keys: {},
  audit: { request: ["Limit", "Marker", "ResourceOwners"] },

  async handle({ input, context: { account, region }, tools }) {
    const { ResourceOwners: whose = ["SELF"] } = input;
    const others = whose.includes("OTHER_ACCOUNTS_VIA_RAM") ? " and others" : "";
    const listing = `ListKeys ${account} ${region}${others}`;
    const after = readMarker(input.Marker, listing) ?? "";
    const limit = pageLimit(input.Limit, { most: 1000, usual: 100 });
    const own = whose.includes("SELF");
    const domain = own ? await tools.keys.domains.find(account, region) : undefined;
    const ids =
      domain === undefined ? [] : await listKeyIds(tools.keys.reader, domain, after, limit + 1);
    const { entries, page } = cutPage(ids, limit, listing, (id) => id);
    const keys = entries.map((id) => ({ KeyId: id, KeyArn: kmsArn(region, account, `key/${id}`) }));
    return { output: { Keys: keys, ...page } };
  },
});
