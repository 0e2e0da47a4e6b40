import { boolean, list, required, string, structure } from "../../../shape/shape.ts";
import { pageOf } from "../model/marker.ts";
import * as member from "../model/members.ts";
import { defineOperation } from "../operation.ts";

/** Lists the tags of a KMS key by their keys. */
export const listResourceTags = defineOperation({
  name: "ListResourceTags",
  readOnly: true,
  input: structure({
    KeyId: required(member.keyIdentifier),
    Limit: member.limit,
    Marker: member.marker,
  }),
  output: structure({
    Tags: required(list(structure({ TagKey: string(), TagValue: string() }))),
    NextMarker: string(),
    Truncated: required(boolean),
  }),
  keys: {
    key: {
      locate: ({ KeyId }) => KeyId,
      identifiers: "key",
      action: "kms:ListResourceTags",
      states: "any",
      crossAccount: false,
    },
  },
  audit: { request: ["KeyId", "Limit", "Marker"] },

  handle({ input, keys: { key } }) {
    const listing = `ListResourceTags ${key.arn}`;
    const { entries, page } = pageOf(
      key.tags,
      input,
      { most: 50, usual: 50 },
      listing,
      (tag) => tag.TagKey,
    );
    return { output: { Tags: entries, ...page } };
  },
});
