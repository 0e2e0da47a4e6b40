import type { Shape, StructureShape } from "../../../shape/shape.ts";
import { boolean, list, map, oneOf, required, string, structure } from "../../../shape/shape.ts";

/** Shapes of request and response members that several operations share (botocore model ce 2017-10-25). */

const free = { min: 0, max: 1_024, pattern: /^[\S\s]*$/ };

// AWS checks the pattern of its model later, and in other words.
const moment = string({ min: 0, max: 40 });

export const timePeriod = structure({ Start: required(moment), End: required(moment) });

export const dimension = oneOf(
  "AZ",
  "INSTANCE_TYPE",
  "LINKED_ACCOUNT",
  "PAYER_ACCOUNT",
  "LINKED_ACCOUNT_NAME",
  "OPERATION",
  "PURCHASE_TYPE",
  "REGION",
  "SERVICE",
  "SERVICE_CODE",
  "USAGE_TYPE",
  "USAGE_TYPE_GROUP",
  "RECORD_TYPE",
  "OPERATING_SYSTEM",
  "TENANCY",
  "SCOPE",
  "PLATFORM",
  "SUBSCRIPTION_ID",
  "LEGAL_ENTITY_NAME",
  "DEPLOYMENT_OPTION",
  "DATABASE_ENGINE",
  "CACHE_ENGINE",
  "INSTANCE_TYPE_FAMILY",
  "BILLING_ENTITY",
  "RESERVATION_ID",
  "RESOURCE_ID",
  "RIGHTSIZING_TYPE",
  "SAVINGS_PLANS_TYPE",
  "SAVINGS_PLAN_ARN",
  "PAYMENT_OPTION",
  "AGREEMENT_END_DATE_TIME_AFTER",
  "AGREEMENT_END_DATE_TIME_BEFORE",
  "INVOICING_ENTITY",
  "ANOMALY_TOTAL_IMPACT_ABSOLUTE",
  "ANOMALY_TOTAL_IMPACT_PERCENTAGE",
);

const matchOptions = list(
  oneOf(
    "EQUALS",
    "ABSENT",
    "STARTS_WITH",
    "ENDS_WITH",
    "CONTAINS",
    "CASE_SENSITIVE",
    "CASE_INSENSITIVE",
    "GREATER_THAN_OR_EQUAL",
  ),
);

/** One condition of a filter: a dimension or a tag, and the values that it may have. */
export interface Choice {
  readonly Key?: string | undefined;
  readonly Values?: readonly string[] | undefined;
  readonly MatchOptions?: readonly string[] | undefined;
}

/** A filter. Exactly one member may be given. */
export interface Expression {
  readonly Or?: readonly Expression[] | undefined;
  readonly And?: readonly Expression[] | undefined;
  readonly Not?: Expression | undefined;
  readonly Dimensions?: Choice | undefined;
  readonly Tags?: Choice | undefined;
  readonly CostCategories?: Choice | undefined;
}

const choice = (key: Shape<string>): Shape<Choice> =>
  structure({ Key: key, Values: list(string(free)), MatchOptions: matchOptions });

const expressionMembers = {
  // A filter may hold filters: read when a request has them, or the shape would never end.
  get Or() {
    return list(expression);
  },
  get And() {
    return list(expression);
  },
  get Not() {
    return expression;
  },
  Dimensions: choice(dimension),
  Tags: choice(string(free)),
  CostCategories: choice(string({ min: 1, max: 50 })),
};

export const expression: StructureShape<Expression> = {
  kind: "structure",
  members: expressionMembers,
};

export const metricNames = list(string(free));

export const groupDefinitions = list(
  structure({ Type: oneOf("DIMENSION", "TAG", "COST_CATEGORY"), Key: string(free) }),
);

export const billingViewArn = string({
  min: 20,
  max: 2_048,
  pattern: /^arn:aws[a-z-]*:(billing)::[0-9]{12}:billingview\/[-a-zA-Z0-9/:_+=.@]{1,43}$/,
});

export const pageToken = string({ min: 0, max: 8_192, pattern: /^[\S\s]*$/ });

export const searchString = string(free);

export const sortBy = list(
  structure({ Key: required(string(free)), SortOrder: oneOf("ASCENDING", "DESCENDING") }),
);

const metrics = map(structure({ Amount: string(), Unit: string() }));

export const resultsByTime = list(
  structure({
    TimePeriod: timePeriod,
    Total: metrics,
    Groups: list(structure({ Keys: list(string()), Metrics: metrics })),
    Estimated: boolean,
  }),
);

export const valuesWithAttributes = list(structure({ Value: string(), Attributes: map(string()) }));
