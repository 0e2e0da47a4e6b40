import type { Service } from "../../api/registry.ts";
import { operationMap } from "../../api/registry.ts";
import { callConditions, keyConditions } from "./conditions.ts";
import { withStoreOf } from "./custom-key-stores/key-in-store.ts";
import { withUsage } from "./last-usage.ts";
import { foreignAliasDenial, locateKey } from "./locate.ts";
import type { KmsKey } from "./model/key.ts";
import type { KeyDemand, KmsTools } from "./operation.ts";
import { operations } from "./operations.ts";
import { policiesOf } from "./protection.ts";
import type { RequestQuotas } from "./quotas.ts";
import { attestationConditions, prepareAttestation } from "./recipient.ts";
import { checkKey } from "./states.ts";

/** What the operation that needs an action demands of its key; undefined for an action of none. */
export function demandOf(action: string): KeyDemand<unknown> | undefined {
  const demands = operations.flatMap((operation) => Object.values(operation.keys));
  const demand = demands.find((each) => each.action.toLowerCase() === action.toLowerCase());
  return demand as KeyDemand<unknown> | undefined;
}

/** The actions that operations ask for, in policies' spelling. */
export const actions: readonly string[] = [
  ...new Set(
    operations
      .flatMap(({ keys, identity = [] }) => [...Object.values(keys), ...identity])
      .map(({ action }) => action),
  ),
];

/** The key management service. */
export function kmsService(tools: KmsTools, requestQuotas: RequestQuotas): Service {
  return {
    wire: {
      signingName: "kms",
      protocol: "json",
      targetPrefix: "TrentService",
      operationNames: operations.map((operation) => operation.name),
      batch: {
        target: "KeywrightService.Batch",
        operations: ["Encrypt", "Decrypt", "GenerateDataKey"],
      },
    },
    eventSource: "kms.amazonaws.com",
    thingType: "AWS::KMS::Key",
    operations: operationMap(operations),
    tools,
    locate(demand, input, context, found) {
      const key = locateKey(demand as KeyDemand<unknown>, input, context, { tools, found });
      const placed = withStoreOf(key, tools);
      return (demand as KeyDemand<unknown>).asksForUsage ? withUsage(placed, tools) : placed;
    },
    prepare: (input, context) => prepareAttestation(input, context, tools),
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
          ...attestationConditions(input, tools),
          "kms:GrantIsForAWSResource": context.via !== undefined,
          ...own?.conditions,
        }),
        encryptionContext: encryptionContext?.(input),
        newGrant: newGrant?.(input),
      };
    },
    conditions: (input, context) => ({
      ...callConditions(context),
      ...attestationConditions(input, tools),
    }),
    check: (thing, demand, operation, context) =>
      checkKey(thing as KmsKey, demand as KeyDemand<unknown>, operation, context),
    admit: (operation, input, things, context) =>
      requestQuotas.admit(
        operation,
        input as object,
        Object.values(things as Readonly<Record<string, KmsKey>>),
        context,
      ),
    note: (success) => tools.lastUsage.note(success),
  };
}
