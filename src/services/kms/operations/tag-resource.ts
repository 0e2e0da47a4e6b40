import { required, structure } from "../../../shape/shape.ts";
import { tagConditions } from "../conditions.ts";
import { notPendingDeletion } from "../model/key.ts";
import * as member from "../model/members.ts";
import { checkTags, mergeTags } from "../model/tags.ts";
import { defineOperation } from "../operation.ts";
import { replaceKey } from "../tables/keys.ts";

/** Sets tags on a KMS key; tags of other keys stay. */
export const tagResource = defineOperation({
  name: "TagResource",
  readOnly: false,
  input: structure({ KeyId: required(member.keyIdentifier), Tags: required(member.tags) }),
  keys: {
    key: {
      locate: ({ KeyId }) => KeyId,
      identifiers: "key",
      action: "kms:TagResource",
      states: notPendingDeletion,
      crossAccount: false,
      conditions: ({ Tags }) => tagConditions(Tags),
    },
  },
  audit: { request: ["KeyId", "Tags"], response: ({ keys: { key } }) => ({ keyId: key.arn }) },

  handle({ input: { Tags: tags }, keys: { key } }) {
    checkTags(tags);
    return {
      output: undefined,
      change: replaceKey(key, { ...key, tags: mergeTags(key.tags, tags) }),
    };
  },
});
