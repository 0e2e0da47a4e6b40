import type { JsonObject } from "../base/json.ts";
import type { Change, VersionRef } from "../database/commit.ts";
import type { StructureShape } from "../shape/shape.ts";
import type { CallContext } from "./context.ts";
import type { Forward } from "./invoke.ts";

/** Values of condition keys: undefined and empty mean that the key is not in the request. */
export type ConditionValues = Readonly<
  Record<string, string | number | boolean | readonly string[] | undefined>
>;

/** What the pipeline knows of a thing that calls use: a KMS key, later a bucket. */
export interface Thing {
  readonly arn: string;
  readonly account: string;
  /** AWS type, where the service has things of several. */
  readonly type?: string;
  /** The aggregate that it is, in the version that was read. */
  readonly version: VersionRef;
  /** Versions on which what is known of the thing rests beside its own. */
  readonly relied?: readonly VersionRef[];
  /** Set on a thing that comes into being by being named: it is stored with the call that named it, if that succeeds. */
  readonly creation?: Change;
}

/** What an operation demands of one thing that it touches, common to all services. */
export interface ThingDemand<Input> {
  /** Finds the thing's identifier in the request. */
  readonly locate: (input: Input) => string | undefined;
  readonly action: string;
  /** Actions that must be allowed beside it. */
  readonly further?: (input: Input, context: CallContext) => readonly string[];
  /** Whether a caller from another account may name this thing. */
  readonly crossAccount: boolean;
  /** The operation's name in grants, where grants can allow it. */
  readonly grantOperation?: string;
  /** Condition values of the request; `things` are all that the operation touches, by name. */
  readonly conditions?: (input: Input, things: Readonly<Record<string, Thing>>) => ConditionValues;
  /** The text of a refusal where AWS says more, or less, than the usual one. */
  readonly denial?: (input: Input) => string | undefined;
}

/** A permission that only the caller's own policies can give, such as kms:CreateKey on `*`. */
export interface IdentityDemand<Input> {
  readonly action: string;
  /** One or several: the permission must hold for each. */
  readonly resource: (input: Input, context: CallContext) => string | readonly string[];
  readonly when?: (input: Input) => boolean;
  /** Condition values of the request; `things` are all that the operation touches, by name. */
  readonly conditions?: (input: Input, things: Readonly<Record<string, Thing>>) => ConditionValues;
}

export interface HandlerCall<Input, Names extends string, T, Tools> {
  readonly input: Input;
  readonly context: CallContext;
  readonly tools: Tools;
  /** The located things, authorized and in a state that allows the operation. */
  readonly keys: Readonly<Record<Names, T>>;
  /** Asks another service in the name of the caller: a forward access session through this one. */
  readonly forward: Forward;
}

/** What a handler decides: the answer, the next state, and facts for the audit record. */
export interface Outcome<Output> {
  readonly output: Output;
  readonly change?: Change;
  /** Versions of what the handler read beside the located things. */
  readonly relied?: readonly VersionRef[];
  /** additionalEventData of the audit record. */
  readonly evidence?: JsonObject;
  /** What the service did by itself in consequence; each is recorded beside the call. */
  readonly events?: readonly ServiceEvent[];
}

/** Something that a service did by itself, such as rotating a key. */
export interface ServiceEvent {
  readonly name: string;
  readonly thing: Pick<Thing, "arn" | "account">;
  readonly details?: JsonObject;
  /** additionalEventData of its audit record. */
  readonly evidence?: JsonObject;
}

export interface Done<Input, Output, Names extends string, T> {
  readonly input: Input;
  readonly output: Output;
  readonly keys: Readonly<Record<Names, T>>;
  readonly context: CallContext;
}

/** What of a call enters its audit record. */
export interface AuditRule<Input, Output, Secret, Names extends string, T> {
  /** Input members copied into requestParameters; sensitive members cannot be listed. */
  readonly request: readonly Exclude<keyof Input, Secret>[];
  /** Sensitive members of which CloudTrail tells that they were there. */
  readonly masked?: readonly NoInfer<Secret>[];
  /** Values recorded for members that the caller left out. */
  readonly defaults?: Partial<Input>;
  /** Members that CloudTrail calls otherwise, with the name that they have there. */
  readonly renamed?: Readonly<Record<string, string>>;
  /** responseElements; left out for reads and cryptographic operations. */
  readonly response?: (done: Done<Input, Output, Names, T>) => JsonObject;
  /** Where CloudTrail lists no resources, though others of the service's records do. */
  readonly unlisted?: true;
  /** ARNs that belong to the record beside those of the located things. */
  readonly resources?: (done: Done<Input, Output, Names, T>) => readonly string[];
}

/** How a REST protocol addresses an operation, and what its answer looks like. */
export interface Rest {
  readonly method: "GET" | "HEAD" | "PUT" | "POST" | "DELETE";
  readonly level: "service" | "bucket" | "object";
  /** The query parameter that tells it from others of the same method and level. */
  readonly query?: readonly [name: string, value?: string];
  /** Of a successful answer; 200 when absent. */
  readonly status?: number;
  /** The element that holds an XML answer; absent where the answer's only member is it. */
  readonly root?: string;
}

/** One API operation: data that the pipeline enforces, then a short handler. */
export interface Operation<Input, Output, Secret, Names extends string, Demand, T, Tools> {
  readonly name: string;
  readonly readOnly: boolean;
  readonly input: StructureShape<Input, Secret>;
  /** Left out where AWS answers with an empty body. */
  readonly output?: StructureShape<Output>;
  /** In services with a REST protocol; without it clients cannot call the operation, only services of ours. */
  readonly rest?: Rest;
  /** Of calls on what is inside a resource, as on objects in a bucket: other trails record them. */
  readonly category?: "Data";
  readonly identity?: readonly IdentityDemand<Input>[];
  /** The things that the operation touches, in the order in which they are decided. */
  readonly keys: Readonly<Record<Names, Demand>>;
  /** Aggregates other than those of its things that the operation changes: calls that change one take turns. */
  readonly changes?: (context: CallContext) => readonly string[];
  readonly audit: AuditRule<Input, Output, Secret, Names, T>;
  readonly handle: (
    call: HandlerCall<Input, NoInfer<Names>, T, Tools>,
  ) => Promise<Outcome<NoInfer<Output>>> | Outcome<NoInfer<Output>>;
}

/** An operation whose types the pipeline no longer needs to know: the one place where they are erased. */
export type AnyOperation = Omit<ErasedOperation, "input" | "audit" | "keys"> & {
  readonly input: StructureShape;
  readonly keys: Readonly<Record<string, ErasedDemand>>;
  readonly audit: Omit<ErasedOperation["audit"], "request" | "masked"> & {
    readonly request: readonly PropertyKey[];
    readonly masked?: readonly PropertyKey[];
  };
};

// biome-ignore lint/suspicious/noExplicitAny: each operation has its own input, output and key names
type ErasedOperation = Operation<any, any, any, string, any, any, any>;
// biome-ignore lint/suspicious/noExplicitAny: a demand reads the input of its own operation
type ErasedDemand = ThingDemand<any>;
