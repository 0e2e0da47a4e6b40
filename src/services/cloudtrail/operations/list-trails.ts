import { list, required, string, structure } from "../../../shape/shape.ts";
import { infoAnswer } from "../model/answers.ts";
import * as member from "../model/members.ts";
import { reservedToken } from "../model/refusals.ts";
import { defineOperation } from "../operation.ts";
import { setVersion } from "../tables/trails.ts";

/** Lists the trails of an account in all regions, on one page: there are few. */
export const listTrails = defineOperation({
  name: "ListTrails",
  readOnly: true,
  input: structure({ NextToken: string() }),
  output: structure({ Trails: required(list(member.trailInfo)), NextToken: string() }),
  identity: [{ action: "cloudtrail:ListTrails", resource: () => "*" }],
  keys: {},
  audit: { request: ["NextToken"] },

  async handle({ input, context: { account }, tools: { trails } }) {
    if (input.NextToken !== undefined) throw reservedToken();
    const all = await trails.list(account);
    const infos = all.flatMap((set) => set.trails).map(infoAnswer);
    return { output: { Trails: infos }, relied: all.map(setVersion) };
  },
});
