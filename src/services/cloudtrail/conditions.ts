import type { ConditionValues } from "../../api/operation.ts";
import type { Trail } from "./model/trail.ts";

/** Values of aws:RequestTag and aws:TagKeys for tags that a request carries. */
export function requestTags(
  tags: readonly { readonly Key: string; readonly Value?: string | undefined }[] = [],
): ConditionValues {
  return {
    "aws:TagKeys": tags.map(({ Key }) => Key),
    ...Object.fromEntries(tags.map(({ Key, Value }) => [`aws:RequestTag/${Key}`, Value])),
  };
}

/** Values of aws:ResourceTag for the tags of a trail. */
export function trailTags(trail: Trail | undefined): ConditionValues {
  const tags = Object.entries(trail?.tags ?? {});
  return Object.fromEntries(tags.map(([key, value]) => [`aws:ResourceTag/${key}`, value]));
}
