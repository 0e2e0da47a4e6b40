import { required, structure } from "../../../shape/shape.ts";
import { requestTags } from "../conditions.ts";
import * as member from "../model/members.ts";
import { withTags } from "../model/tags.ts";
import { changed, defineOperation, found } from "../operation.ts";

/** Sets tags of a trail. */
export const addTags = defineOperation({
  name: "AddTags",
  readOnly: false,
  input: structure({ ResourceId: required(member.text), TagsList: required(member.tags) }),
  output: structure({}),
  keys: {
    trail: {
      locate: ({ ResourceId }) => ResourceId,
      action: "cloudtrail:AddTags",
      crossAccount: false,
      atHome: true,
      byArn: true,
      conditions: ({ TagsList }) => requestTags(TagsList),
    },
  },
  audit: { request: ["ResourceId", "TagsList"] },

  handle({ input, keys: { trail: thing } }) {
    const trail = found(thing);
    return changed(thing, { ...trail, tags: withTags(trail.tags, input.TagsList) }, {});
  },
});
