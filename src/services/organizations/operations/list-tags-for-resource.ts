import { required, structure } from "../../../shape/shape.ts";
import * as member from "../model/members.ts";
import { pageOf } from "../model/paging.ts";
import { defineOperation } from "../operation.ts";

/** Lists the tags of the root, an account or a policy. */
export const listTagsForResource = defineOperation({
  name: "ListTagsForResource",
  readOnly: true,
  input: structure({ ResourceId: required(member.taggableId), NextToken: member.nextToken }),
  output: structure({ Tags: required(member.tags), ...member.pageEnd }),
  keys: {
    resource: {
      role: "tagged",
      locate: ({ ResourceId }) => ResourceId,
      action: "organizations:ListTagsForResource",
      crossAccount: false,
    },
  },
  audit: { request: ["ResourceId", "NextToken"] },

  handle({ input, keys: { resource } }) {
    const { organization, id } = resource;
    const tags = Object.entries(organization.tags[id] ?? {}).map(([Key, Value]) => ({
      Key,
      Value,
    }));
    const { entries, page } = pageOf(tags, input, `ListTagsForResource ${id}`, ({ Key }) => Key);
    return { output: { Tags: entries, ...page } };
  },
});
