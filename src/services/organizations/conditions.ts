import type { ConditionValues } from "../../api/operation.ts";

/** The value of organizations:PolicyType for the type that a request names. */
export function typeConditions(type: string | undefined): ConditionValues {
  return { "organizations:PolicyType": type };
}
