import type { CostLine } from "./costs.ts";

/** What a line is in a dimension: all that a key management service has to tell. */
const known: Readonly<Record<string, (line: CostLine) => string>> = {
  BILLING_ENTITY: () => "AWS",
  LEGAL_ENTITY_NAME: () => "Amazon Web Services, Inc.",
  LINKED_ACCOUNT: ({ account }) => account,
  OPERATION: ({ operation }) => operation,
  RECORD_TYPE: () => "Usage",
  REGION: ({ region }) => region,
  SERVICE: () => "AWS Key Management Service",
  USAGE_TYPE: ({ usageType }) => usageType,
};

/** The dimensions that results can be grouped by, in AWS's order. */
export const groupingDimensions: readonly string[] = [
  "AZ",
  "INSTANCE_TYPE",
  "LINKED_ACCOUNT",
  "OPERATION",
  "PURCHASE_TYPE",
  "SERVICE",
  "USAGE_TYPE",
  "PLATFORM",
  "TENANCY",
  "RECORD_TYPE",
  "LEGAL_ENTITY_NAME",
  "DEPLOYMENT_OPTION",
  "DATABASE_ENGINE",
  "CACHE_ENGINE",
  "INSTANCE_TYPE_FAMILY",
  "REGION",
  "BILLING_ENTITY",
  "RESERVATION_ID",
  "SAVINGS_PLANS_TYPE",
  "SAVINGS_PLAN_ARN",
  "OPERATING_SYSTEM",
];

/** What a line is in a dimension; undefined in one that says nothing of keys. */
export function dimensionOf(line: CostLine, dimension: string): string | undefined {
  return Object.hasOwn(known, dimension) ? known[dimension]?.(line) : undefined;
}

/** What AWS calls the group of what is nothing in a dimension: `NoInstanceType`. */
export function absent(dimension: string): string {
  const words = dimension.split("_").map((word) => word.charAt(0) + word.slice(1).toLowerCase());
  return `No${dimension === "AZ" ? dimension : words.join("")}`;
}
