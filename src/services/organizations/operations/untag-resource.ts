import { tagConditions } from "../../../api/request-tags.ts";
import { required, structure } from "../../../shape/shape.ts";
import * as member from "../model/members.ts";
import { untagged } from "../model/tags.ts";
import { changeTo, defineOperation } from "../operation.ts";

/** Takes tags away from the root, an account or a policy. */
export const untagResource = defineOperation({
  name: "UntagResource",
  readOnly: false,
  input: structure({ ResourceId: required(member.taggableId), TagKeys: required(member.tagKeys) }),
  keys: {
    resource: {
      role: "tagged",
      locate: ({ ResourceId }) => ResourceId,
      action: "organizations:UntagResource",
      crossAccount: false,
      conditions: ({ TagKeys }) => tagConditions(TagKeys.map((Key) => ({ Key }))),
    },
  },
  audit: { request: ["ResourceId", "TagKeys"] },
  handle: ({ input, keys: { resource } }) => ({
    output: undefined,
    change: changeTo(untagged(resource.organization, resource.id, input.TagKeys), resource),
  }),
});
