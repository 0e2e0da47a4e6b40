import { required, structure } from "../../../shape/shape.ts";
import { tagConditions } from "../conditions.ts";
import { notPendingDeletion } from "../model/key.ts";
import * as member from "../model/members.ts";
import { checkTagKeys } from "../model/tags.ts";
import { defineOperation } from "../operation.ts";
import { replaceKey } from "../tables/keys.ts";

/** Removes tags from a KMS key; keys of tags that it does not have are ignored. */
export const untagResource = defineOperation({
  name: "UntagResource",
  readOnly: false,
  input: structure({ KeyId: required(member.keyIdentifier), TagKeys: required(member.tagKeys) }),
  keys: {
    key: {
      locate: ({ KeyId }) => KeyId,
      identifiers: "key",
      action: "kms:UntagResource",
      states: notPendingDeletion,
      crossAccount: false,
      conditions: ({ TagKeys }) => tagConditions(TagKeys.map((TagKey) => ({ TagKey }))),
    },
  },
  audit: { request: ["KeyId", "TagKeys"], response: ({ keys: { key } }) => ({ keyId: key.arn }) },

  handle({ input: { TagKeys: removed }, keys: { key } }) {
    checkTagKeys(removed);
    const tags = key.tags.filter((tag) => !removed.includes(tag.TagKey));
    return { output: undefined, change: replaceKey(key, { ...key, tags }) };
  },
});
