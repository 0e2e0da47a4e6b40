import { tagConditions } from "../../../api/request-tags.ts";
import { required, structure } from "../../../shape/shape.ts";
import * as member from "../model/members.ts";
import { tagged } from "../model/tags.ts";
import { changeTo, defineOperation } from "../operation.ts";

/** Sets tags of the root, an account or a policy. */
export const tagResource = defineOperation({
  name: "TagResource",
  readOnly: false,
  input: structure({ ResourceId: required(member.taggableId), Tags: required(member.tags) }),
  keys: {
    resource: {
      role: "tagged",
      locate: ({ ResourceId }) => ResourceId,
      action: "organizations:TagResource",
      crossAccount: false,
      conditions: ({ Tags }) => tagConditions(Tags),
    },
  },
  audit: { request: ["ResourceId", "Tags"] },
  handle: ({ input, keys: { resource } }) => ({
    output: undefined,
    change: changeTo(tagged(resource.organization, resource.id, input.Tags), resource),
  }),
});
