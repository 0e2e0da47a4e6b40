import type { AuthorizationRequest } from "../authorization/request.ts";
import type { Change } from "../database/commit.ts";
import type { AppliedPolicies } from "./authorize.ts";
import type { CallContext } from "./context.ts";
import type { WireService } from "./invoke.ts";
import type { AnyOperation, ConditionValues, Thing, ThingDemand } from "./operation.ts";

/** What a service knows of one of its things for one call: the policies on it, and the values of condition keys. */
export interface Protection {
  readonly policies: AppliedPolicies;
  /** The text of a refusal where the usual one would tell too much. */
  readonly denial?: (action: string) => string | undefined;
  /** The account whose identity policies may allow the call. */
  readonly owner: string;
  /** Values of condition keys; gathered only when a policy asks for one. */
  readonly conditions: () => ConditionValues;
  readonly encryptionContext?: AuthorizationRequest["encryptionContext"] | undefined;
  /** What a grant that the call asks for would allow. */
  readonly newGrant?: AuthorizationRequest["newGrant"] | undefined;
}

/** A call that succeeded, before it is durable. */
export interface Success {
  readonly operation: string;
  readonly things: readonly Thing[];
  readonly context: CallContext;
  /** The id of the audit record that an account gets of the call. */
  readonly eventIdFor: (account: string) => string;
}

/** What a service keeps of a call beside its outcome. */
export interface Note {
  /** Becomes durable together with the call, if that does. */
  readonly change: Change;
  /** Called once it has. */
  readonly durable: () => void;
}

/** A service as the pipeline sees it: its operations, and how its things are found, protected and checked. */
export interface Service {
  readonly wire: WireService;
  /** As in audit records: `kms.amazonaws.com`. */
  readonly eventSource: string;
  readonly operations: Readonly<Record<string, AnyOperation>>;
  readonly tools: unknown;
  /** Finds a thing, at once if it is known; `found` are those that the operation demands before it, by name. Throws the client's error when there is none. */
  locate(
    demand: ThingDemand<unknown>,
    input: unknown,
    context: CallContext,
    found: Readonly<Record<string, Thing>>,
  ): Thing | Promise<Thing>;
  /** Computes what permission and handler need of a request and what takes long; undefined when there is no such thing. */
  prepare?(input: unknown, context: CallContext): Promise<void> | undefined;
  protection(
    thing: Thing,
    demand: ThingDemand<unknown>,
    input: unknown,
    context: CallContext,
  ): Protection;
  /** Condition values of an operation that touches no thing. */
  conditions(input: unknown, context: CallContext): ConditionValues;
  /** Throws when the thing's state or kind does not allow the operation. */
  check(thing: Thing, demand: ThingDemand<unknown>, operation: string, context: CallContext): void;
  /** Counts a call against the quotas of its caller; `things` are those that were found. Throws ThrottlingException. */
  admit?(
    operation: string,
    input: unknown,
    things: Readonly<Record<string, Thing>>,
    context: CallContext,
  ): void;
  /** Seals why a call was refused for those of an account who may decode it. */
  sealRefusal?(account: string, message: string): Promise<string>;
  /** Keeps something of a call that succeeded. */
  note?(success: Success): Note | undefined;
  /** AWS type of the things, as in the resources of audit records; absent for services whose records list none. */
  readonly thingType?: string;
}

/** Operations by name in a map that inherits nothing, so that no inherited name can be called. */
export function operationMap(all: readonly AnyOperation[]): Readonly<Record<string, AnyOperation>> {
  const map: Record<string, AnyOperation> = Object.create(null);
  for (const operation of all) map[operation.name] = operation;
  return Object.freeze(map);
}

function noThings(): never {
  throw new TypeError("this service has no things");
}

/** The parts of a service whose operations touch no things of their own. */
export const withoutThings: Pick<Service, "locate" | "protection" | "check" | "conditions"> = {
  locate: noThings,
  protection: noThings,
  check: noThings,
  conditions: () => ({}),
};
