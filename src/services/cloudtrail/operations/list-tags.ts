import { list, required, string, structure } from "../../../shape/shape.ts";
import * as member from "../model/members.ts";
import { reservedToken, unknownTrail } from "../model/refusals.ts";
import type { TrailSet } from "../model/trail.ts";
import { trailArn } from "../model/trail.ts";
import { readTrailArn } from "../model/trail-names.ts";
import { defineOperation } from "../operation.ts";
import { setVersion } from "../tables/trails.ts";

/** Lists the tags of trails. */
export const listTags = defineOperation({
  name: "ListTags",
  readOnly: true,
  input: structure({
    ResourceIdList: required(list(string(), { min: 1, max: 20 })),
    NextToken: string(),
  }),
  output: structure({
    ResourceTagList: required(list(member.resourceTags)),
    NextToken: string(),
  }),
  identity: [
    {
      action: "cloudtrail:ListTags",
      resource: ({ ResourceIdList }) => ResourceIdList.map((id) => trailArn(readTrailArn(id))),
    },
  ],
  keys: {},
  audit: { request: ["ResourceIdList", "NextToken"] },

  async handle({ input, context: { account }, tools: { trails } }) {
    if (input.NextToken !== undefined) throw reservedToken();
    const all = await trails.list(account);
    const answers = input.ResourceIdList.map((id) => ({
      ResourceId: id,
      TagsList: tagsOf(all, id, account),
    }));
    return { output: { ResourceTagList: answers }, relied: all.map(setVersion) };
  },
});

function tagsOf(all: readonly TrailSet[], arn: string, account: string) {
  const trail = all.flatMap(({ trails }) => trails).find((each) => trailArn(each) === arn);
  if (trail === undefined) throw unknownTrail(arn, account);
  return Object.entries(trail.tags).map(([Key, Value]) => ({ Key, Value }));
}
