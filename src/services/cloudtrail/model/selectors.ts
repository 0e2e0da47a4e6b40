import { AwsError } from "../../../base/errors.ts";

/** Which events a trail delivers, in the older form of CloudTrail's selectors or in the newer one. */
export type Selectors =
  | { readonly basic: readonly EventSelector[] }
  | { readonly advanced: readonly AdvancedSelector[] };

export interface EventSelector {
  readonly readWrite: ReadWrite;
  readonly management: boolean;
  readonly dataResources: readonly {
    readonly type: string;
    readonly values: readonly string[];
  }[];
  /** Event sources whose management events are left out. */
  readonly excluded: readonly string[];
}

export type ReadWrite = "ReadOnly" | "WriteOnly" | "All";

export interface AdvancedSelector {
  readonly name?: string;
  readonly fields: readonly FieldSelector[];
}

export interface FieldSelector {
  readonly field: string;
  readonly conditions: Partial<Readonly<Record<SelectorOperator, readonly string[]>>>;
}

export const selectorOperators = [
  "Equals",
  "StartsWith",
  "EndsWith",
  "NotEquals",
  "NotStartsWith",
  "NotEndsWith",
] as const;
export type SelectorOperator = (typeof selectorOperators)[number];

/** What CloudTrail delivers until somebody chooses: all management events. */
export const usualSelectors: Selectors = {
  basic: [{ readWrite: "All", management: true, dataResources: [], excluded: [] }],
};

const most = { selectors: 5, dataResources: 250, values: 500 };
const dataTypes: readonly string[] = [
  "AWS::S3::Object",
  "AWS::Lambda::Function",
  "AWS::DynamoDB::Table",
];
const excludable: readonly string[] = ["kms.amazonaws.com", "rdsdata.amazonaws.com"];

/** Refuses selectors that CloudTrail does. Throws InvalidEventSelectorsException. */
export function requireSelectors(selectors: Selectors): void {
  if ("basic" in selectors) requireBasic(selectors.basic);
  else requireAdvanced(selectors.advanced);
}

function requireBasic(basic: readonly EventSelector[]): void {
  if (basic.length === 0 || basic.length > most.selectors)
    throw invalid(`Specify between 1 and ${most.selectors} event selectors.`);
  const resources = basic.flatMap(({ dataResources }) => dataResources);
  const values = resources.flatMap((resource) => resource.values);
  if (values.length > most.dataResources)
    throw invalid(`A trail can have up to ${most.dataResources} data resources.`);
  for (const { type } of resources)
    if (!dataTypes.includes(type)) throw invalid(`${type} is not a type of data resources.`);
  for (const { excluded, management } of basic) {
    if (excluded.some((source) => !excludable.includes(source)))
      throw invalid(`Only management events of ${excludable.join(" and ")} can be excluded.`);
    if (excluded.length > 0 && !management)
      throw invalid("Management events must be included to exclude some of them.");
  }
}

function requireAdvanced(advanced: readonly AdvancedSelector[]): void {
  if (advanced.length === 0) throw invalid("Specify at least one advanced event selector.");
  const all = advanced.flatMap(({ fields }) => fields);
  const values = all.flatMap(({ conditions }) => Object.values(conditions).flat());
  if (values.length > most.values)
    throw invalid(`Advanced event selectors can have up to ${most.values} values.`);
  for (const { fields } of advanced) requireFields(fields);
}

const managementFields = ["eventCategory", "readOnly", "eventSource"];
const dataFields = [
  "eventCategory",
  "readOnly",
  "eventSource",
  "eventName",
  "resources.type",
  "resources.ARN",
];

function requireFields(fields: readonly FieldSelector[]): void {
  const names = fields.map(({ field }) => field);
  if (new Set(names).size < names.length) throw invalid("A field can be selected only once.");
  if (fields.some(({ conditions }) => Object.keys(conditions).length === 0))
    throw invalid("Every field selector needs an operator.");
  const category = only(fields, "eventCategory");
  if (category !== "Management" && category !== "Data")
    throw invalid("eventCategory must equal Management or Data.");
  if (category === "Data" && only(fields, "resources.type") === undefined)
    throw invalid("Data events need a resources.type to equal.");
  const known = category === "Management" ? managementFields : dataFields;
  for (const name of names)
    if (!known.includes(name)) throw invalid(`${name} is not a field of ${category} events.`);
}

/** The one value that a field must equal; undefined where that is not what is asked. */
function only(fields: readonly FieldSelector[], name: string): string | undefined {
  const conditions = fields.find(({ field }) => field === name)?.conditions;
  const [value, ...others] = conditions?.Equals ?? [];
  return others.length === 0 && Object.keys(conditions ?? {}).length === 1 ? value : undefined;
}

function invalid(message: string): AwsError {
  return new AwsError("InvalidEventSelectorsException", message);
}
