import type { ConditionValues } from "./operation.ts";

/** Values of aws:RequestTag and aws:TagKeys for tags that a request carries. */
export function tagConditions(
  tags: readonly { readonly Key: string; readonly Value?: string | undefined }[] = [],
): ConditionValues {
  return {
    "aws:TagKeys": tags.map(({ Key }) => Key),
    ...Object.fromEntries(tags.map(({ Key, Value }) => [`aws:RequestTag/${Key}`, Value])),
  };
}
