import type { Service } from "../../api/registry.ts";
import { operationMap } from "../../api/registry.ts";
import { boundaryConditions, entityConditions } from "./conditions.ts";
import { locateEntity } from "./locate.ts";
import { noSuchAccessKey } from "./model/refusals.ts";
import type { EntityDemand, EntityThing, IamTools } from "./operation.ts";
import { found } from "./operation.ts";
import { operations } from "./operations.ts";

/** The identity and access management service. */
export function iamService(tools: IamTools): Service {
  return {
    wire: {
      signingName: "iam",
      protocol: "query",
      apiVersion: "2010-05-08",
      showsValues: false,
      xmlNamespace: "https://iam.amazonaws.com/doc/2010-05-08/",
      operationNames: operations.map((operation) => operation.name),
    },
    eventSource: "iam.amazonaws.com",
    operations: operationMap(operations),
    tools,
    locate: (demand, input, context) =>
      locateEntity(demand as EntityDemand<unknown>, input, context, tools),
    protection(thing, demand, _input, context) {
      const entity = thing as EntityThing;
      const { asksForBoundary } = demand as EntityDemand<unknown>;
      return {
        policies: {},
        // AWS's own policies are everybody's to read.
        owner: entity.account === "aws" ? context.account : entity.account,
        conditions: () => ({
          ...entityConditions(entity),
          ...(asksForBoundary === true ? boundaryConditions(entity) : {}),
        }),
      };
    },
    conditions: () => ({}),
    check: (thing, demand) => requirePresent(thing as EntityThing, demand as EntityDemand<unknown>),
  };
}

function requirePresent(
  thing: EntityThing,
  { byAccessKey, handlerRequires }: EntityDemand<unknown>,
): void {
  if (handlerRequires) return;
  if (byAccessKey && thing.entity === undefined) throw noSuchAccessKey(thing.name);
  found(thing);
}
