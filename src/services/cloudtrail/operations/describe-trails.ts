import { boolean, list, required, string, structure } from "../../../shape/shape.ts";
import { trailAnswer } from "../model/answers.ts";
import * as member from "../model/members.ts";
import type { Trail } from "../model/trail.ts";
import { trailArn, visibleIn } from "../model/trail.ts";
import { readTrailName } from "../model/trail-names.ts";
import { defineOperation } from "../operation.ts";
import { setVersion } from "../tables/trails.ts";

/** Tells the settings of the trails that a region sees, or of those that are named; what does not exist is left out. */
export const describeTrails = defineOperation({
  name: "DescribeTrails",
  readOnly: true,
  input: structure({ trailNameList: list(string()), includeShadowTrails: boolean }),
  output: structure({ trailList: required(list(member.trail)) }),
  identity: [{ action: "cloudtrail:DescribeTrails", resource: () => "*" }],
  keys: {},
  audit: { request: ["trailNameList", "includeShadowTrails"] },

  async handle({ input, context: { account, region }, tools: { trails } }) {
    const { trailNameList: names = [], includeShadowTrails: shadows = true } = input;
    const all = await trails.list(account);
    const seen = visibleIn(all, region).filter((trail) => shadows || trail.homeRegion === region);
    const wanted = names.map((name) => readTrailName(name, { account, homeRegion: region }));
    const isWanted = (trail: Trail): boolean =>
      names.includes(trail.name) || wanted.some((each) => trailArn(each) === trailArn(trail));
    const found = names.length === 0 ? seen : seen.filter(isWanted);
    return { output: { trailList: found.map(trailAnswer) }, relied: all.map(setVersion) };
  },
});
