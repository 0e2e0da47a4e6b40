import { required, structure } from "../../../shape/shape.ts";
import { requestTags } from "../conditions.ts";
import * as member from "../model/members.ts";
import { withoutTags } from "../model/tags.ts";
import { changed, defineOperation, found } from "../operation.ts";

/** Removes tags of a trail, whatever values the request says. */
export const removeTags = defineOperation({
  name: "RemoveTags",
  readOnly: false,
  input: structure({ ResourceId: required(member.text), TagsList: required(member.tags) }),
  output: structure({}),
  keys: {
    trail: {
      locate: ({ ResourceId }) => ResourceId,
      action: "cloudtrail:RemoveTags",
      crossAccount: false,
      atHome: true,
      byArn: true,
      conditions: ({ TagsList }) => requestTags(TagsList),
    },
  },
  audit: { request: ["ResourceId", "TagsList"] },

  handle({ input, keys: { trail: thing } }) {
    const trail = found(thing);
    return changed(thing, { ...trail, tags: withoutTags(trail.tags, input.TagsList) }, {});
  },
});
