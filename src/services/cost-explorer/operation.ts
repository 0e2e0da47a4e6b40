import type { Accounts } from "../../api/accounts.ts";
import type { Operation, Thing, ThingDemand } from "../../api/operation.ts";
import type { Trail } from "../../audit/trail.ts";
import type { Prices } from "./model/prices.ts";

/** What handlers of this service work with. */
export interface CostExplorerTools {
  readonly trail: Pick<Trail, "settled" | "usage" | "keyTimes">;
  readonly prices: Prices;
  readonly accounts: Pick<Accounts, "nameOf">;
}

/** Declares an operation of Cost Explorer; the types of input and output follow from its data. */
export function defineOperation<Input, Output, Secret>(
  operation: Operation<Input, Output, Secret, never, ThingDemand<Input>, Thing, CostExplorerTools>,
): Operation<Input, Output, Secret, never, ThingDemand<Input>, Thing, CostExplorerTools> {
  return Object.freeze(operation);
}

/** The permission that an operation asks for: AWS names its own path as the resource. */
export function permission(name: string) {
  return {
    action: `ce:${name}`,
    resource: (_input: unknown, { account }: { readonly account: string }) =>
      `arn:aws:ce:us-east-1:${account}:/${name}`,
  };
}
