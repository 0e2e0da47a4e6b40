import { AwsError } from "../../../base/errors.ts";
import type { Tag } from "./key.ts";

const mostTags = 50;

/** Refuses tags that AWS refuses: duplicates, the reserved prefix, odd characters, too many (facts 15). */
export function checkTags(tags: readonly Tag[]): void {
  const keys = tags.map((tag) => tag.TagKey);
  checkTagKeys(keys);
  if (new Set(keys).size < keys.length) throw new AwsError("TagException", "Duplicate tag keys");
  if (tags.length > mostTags) throw new AwsError("TagException", "Too many tags");
  if (tags.some((tag) => !allowed(tag.TagKey) || !allowed(tag.TagValue)))
    throw new AwsError(
      "TagException",
      "Tag keys and values may only hold letters, digits, spaces and _.:/=+-@",
    );
}

/** Refuses tag keys that only AWS itself may use. */
export function checkTagKeys(keys: readonly string[]): void {
  if (keys.some((key) => key.toLowerCase().startsWith("aws:")))
    throw new AwsError("TagException", "Tags beginning with aws: are reserved");
}

function allowed(text: string): boolean {
  return /^[\p{L}\p{N}\p{Zs}_.:/=+\-@]*$/u.test(text);
}

/** The tags after some were set: the same keys replaced, new ones at the end. Throws TagException past the limit. */
export function mergeTags(before: readonly Tag[], set: readonly Tag[]): readonly Tag[] {
  const merged = new Map(before.map((tag) => [tag.TagKey, tag]));
  for (const { TagKey, TagValue } of set) merged.set(TagKey, { TagKey, TagValue });
  if (merged.size > mostTags) throw new AwsError("TagException", "Too many tags");
  return [...merged.values()];
}
