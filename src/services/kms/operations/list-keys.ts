import { kmsArn } from "../../../base/arn.ts";
import { boolean, list, required, string, structure } from "../../../shape/shape.ts";
import { cutPage, pageLimit, readMarker } from "../model/marker.ts";
import * as member from "../model/members.ts";
import { defineOperation } from "../operation.ts";
import { listKeyIds } from "../tables/listings.ts";

/** Lists the KMS keys of the caller's account and region, by id. */
export const listKeys = defineOperation({
  name: "ListKeys",
  readOnly: true,
  input: structure({ Limit: member.limit, Marker: member.marker }),
  output: structure({
    Keys: required(list(structure({ KeyId: string(), KeyArn: string() }))),
    NextMarker: string(),
    Truncated: required(boolean),
  }),
  identity: [{ action: "kms:ListKeys", resource: () => "*" }],
  keys: {},
  audit: { request: ["Limit", "Marker"] },

  async handle({ input, context: { account, region }, tools }) {
    const listing = `ListKeys ${account} ${region}`;
    const after = readMarker(input.Marker, listing) ?? "";
    const limit = pageLimit(input.Limit, { most: 1000, usual: 100 });
    const domain = await tools.keys.domains.find(account, region);
    const ids =
      domain === undefined ? [] : await listKeyIds(tools.keys.reader, domain, after, limit + 1);
    const { entries, page } = cutPage(ids, limit, listing, (id) => id);
    const keys = entries.map((id) => ({ KeyId: id, KeyArn: kmsArn(region, account, `key/${id}`) }));
    return { output: { Keys: keys, ...page } };
  },
});
