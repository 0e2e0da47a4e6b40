import { AwsError } from "../../../base/errors.ts";
import type { CostLine } from "./costs.ts";
import { absent, dimensionOf, groupingDimensions } from "./dimensions.ts";
import { formatAmount } from "./money.ts";

interface GroupDefinition {
  readonly Type?: string | undefined;
  readonly Key?: string | undefined;
}

/** The names of the groups that a line belongs to, one for each definition. */
export type KeysOf = (line: CostLine) => readonly string[];

/** How lines are to be grouped. Throws ValidationException. */
export function readGroups(definitions: readonly GroupDefinition[]): KeysOf {
  if (definitions.length > 2) throw invalid("Only two values for GroupBy are allowed");
  const each = definitions.map(readGroup);
  return (line) => each.map((keyOf) => keyOf(line));
}

function readGroup({ Type, Key = "" }: GroupDefinition): (line: CostLine) => string {
  if (Type === "TAG")
    return ({ tags }) => `${Key}$${Object.hasOwn(tags, Key) ? (tags[Key] ?? "") : ""}`;
  if (Type === "COST_CATEGORY") return () => `${Key}$`;
  if (Type !== "DIMENSION" || !groupingDimensions.includes(Key))
    throw invalid(
      `Group Definition dimension is invalid. Valid values are ${groupingDimensions.join(", ")}`,
    );
  return (line) => dimensionOf(line, Key) ?? absent(Key);
}

const costMetrics = [
  "AmortizedCost",
  "BlendedCost",
  "NetAmortizedCost",
  "NetUnblendedCost",
  "UnblendedCost",
] as const;
const metricNames: readonly string[] = [...costMetrics, "NormalizedUsageAmount", "UsageQuantity"];

/** The metrics that a request asks for. Throws ValidationException. */
export function readMetrics(names: readonly string[]): readonly string[] {
  const strange = names.find((name) => !metricNames.includes(name));
  if (strange !== undefined || names.length === 0)
    throw invalid(`Metrics are invalid. Valid values are ${metricNames.join(", ")}`);
  return names;
}

/** Sums of lines. */
export class Sum {
  #cost = 0n;
  #quantity = 0n;
  readonly #units = new Set<string>();

  add({ cost, quantity, unit }: CostLine): void {
    this.#cost += cost;
    this.#quantity += quantity;
    this.#units.add(unit);
  }

  /** Nobody has discounts or reservations here, so all kinds of costs are the same. */
  metrics(names: readonly string[]) {
    return Object.fromEntries(names.map((name) => [name, this.#metric(name)]));
  }

  /** Which sum is the greater one in a metric. Throws ValidationException. */
  compare(other: Sum, metric: string): number {
    readMetrics([metric]);
    const [mine, theirs] =
      metric === "UsageQuantity" ? [this.#quantity, other.#quantity] : [this.#cost, other.#cost];
    return mine < theirs ? -1 : Number(mine > theirs);
  }

  #metric(name: string): { readonly Amount: string; readonly Unit: string } {
    if (name === "NormalizedUsageAmount") return { Amount: "0", Unit: "N/A" };
    if (name !== "UsageQuantity") return { Amount: formatAmount(this.#cost), Unit: "USD" };
    const [unit = "N/A", ...others] = this.#units;
    return { Amount: formatAmount(this.#quantity), Unit: others.length === 0 ? unit : "N/A" };
  }
}

function invalid(message: string): AwsError {
  return new AwsError("ValidationException", message);
}
