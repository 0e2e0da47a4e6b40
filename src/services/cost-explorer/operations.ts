import type { AnyOperation } from "../../api/operation.ts";
import { getCostAndUsage } from "./operations/get-cost-and-usage.ts";
import { getDimensionValues } from "./operations/get-dimension-values.ts";
import { getTags } from "./operations/get-tags.ts";

/** Every operation of the service. To add one: its file, its test, one line here. */
export const operations: readonly AnyOperation[] = [getCostAndUsage, getDimensionValues, getTags];
