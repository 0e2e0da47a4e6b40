import type { ThingDemand } from "../../api/operation.ts";
import type { Service } from "../../api/registry.ts";
import { operationMap } from "../../api/registry.ts";
import { callConditions, keyConditions } from "./conditions.ts";
import { foreignAliasDenial, locateKey } from "./locate.ts";
import type { KmsKey } from "./model/key.ts";
import type { KeyDemand, KmsTools } from "./operation.ts";
import { operations } from "./operations.ts";
import { policiesOf } from "./protection.ts";
import { checkKey } from "./states.ts";

/** What the operation that needs an action demands of its key; undefined for an action of none. */
export function demandOf(action: string): ThingDemand<unknown> | undefined {
  const demands = operations.flatMap((operation) => Object.values(operation.keys));
  return demands.find((demand) => demand.action.toLowerCase() === action.toLowerCase());
}

/** The key management service. */
export function kmsService(tools: KmsTools): Service {
  return {
    wire: {
      signingName: "kms",
      protocol: "json",
      targetPrefix: "TrentService",
      operationNames: operations.map((operation) => operation.name),
    },
    eventSource: "kms.amazonaws.com",
    thingType: "AWS::KMS::Key",
    operations: operationMap(operations),
    tools,
    locate: (demand, input, context) =>
      locateKey(demand as KeyDemand<unknown>, input, context, tools),
    protection(thing, demand, input, context) {
      const key = thing as KmsKey;
      const { protection, encryptionContext, newGrant } = demand as KeyDemand<unknown>;
      const own = protection?.(key, input);
      return {
        policies: own?.policies ?? policiesOf(key),
        owner: own?.owner ?? key.account,
        denial: () => foreignAliasDenial(demand as KeyDemand<unknown>, input, context),
        conditions: () => ({
          ...keyConditions(key, demand as KeyDemand<unknown>, input, context),
          "kms:GrantIsForAWSResource": context.via !== undefined,
          ...own?.conditions,
        }),
        encryptionContext: encryptionContext?.(input),
        newGrant: newGrant?.(input),
      };
    },
    conditions: (_input, context) => callConditions(context),
    check: (thing, demand, operation) =>
      checkKey(thing as KmsKey, demand as KeyDemand<unknown>, operation),
  };
}
