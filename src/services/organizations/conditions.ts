import type { ConditionValues } from "../../api/operation.ts";

/** Values of aws:RequestTag and aws:TagKeys for tags that a request carries. */
export function tagConditions(
  tags: readonly { readonly Key: string; readonly Value?: string }[] = [],
): ConditionValues {
  return {
    "aws:TagKeys": tags.map((tag) => tag.Key),
    ...Object.fromEntries(tags.map((tag) => [`aws:RequestTag/${tag.Key}`, tag.Value])),
  };
}

/** The value of organizations:PolicyType for the type that a request names. */
export function typeConditions(type: string | undefined): ConditionValues {
  return { "organizations:PolicyType": type };
}
