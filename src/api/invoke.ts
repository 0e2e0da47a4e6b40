import type { JsonObject, JsonValue } from "../base/json.ts";
import type { Soon } from "../base/soon.ts";
import type { StructureShape } from "../shape/shape.ts";
import type { CallContext, Caller, Connection } from "./context.ts";
import type { Rest } from "./operation.ts";

/** A verified request: who signed it is settled, what it asks for is not yet read. */
export interface Call {
  /** Signing name of the service, such as `kms`. */
  readonly service: string;
  /** Operation name as the client wrote it; unknown names are refused. */
  readonly operation: string;
  readonly region: string;
  /** Reads what the client sent; throws AwsError when it cannot be read, which is then recorded like any refusal. */
  body(): JsonValue;
  readonly requestId: string;
  /** The id of the request that brought the call with others. */
  readonly batchId?: string;
  readonly connection: Connection;
  /** The caller as of now. Asked again when a decision must be made again; throws AwsError when the credential has gone. */
  identify(): Soon<Caller>;
}

/** The operation's response members, ready for JSON; undefined where the operation answers with an empty body. */
export type Answer = JsonValue | undefined;

/** Runs one call through the pipeline, and resolves with the operation's output as its handler gave it. Rejects as Invoke does. */
export type Perform = (call: Call) => Promise<unknown>;

/** Runs one call through the pipeline. Rejects with AwsError for the client's faults and with anything else for ours. */
export type Invoke = (call: Call) => Promise<Answer>;

/** What services of ours ask of one another, or do by themselves. */
export interface InsideCall {
  /** Signing name of the service that is asked. */
  readonly service: string;
  readonly operation: string;
  /** Members as they would stand in JSON: bytes as base64. */
  readonly input: JsonObject;
  /** From `forward` or `asService`. */
  readonly context: CallContext;
}

/**
 * Runs a call that a service makes through the same pipeline as a client's: validated, authorized, recorded and committed by itself. Resolves
 * with the operation's output as its handler gave it. INVARIANT: services ask one another in one direction only, so no call waits
 * for a turn at what it holds itself.
 */
export type InvokeInside = (call: InsideCall) => Promise<unknown>;

/** What a handler may ask of another service for its caller. */
export type Forward = (service: string, operation: string, input: JsonObject) => Promise<unknown>;

/** Tells the caller of an unsigned request from what it says. Throws AwsError when it proves nobody. */
export type TellCaller = (body: JsonValue, now: Date) => Promise<Caller>;

/** An operation that a REST protocol can address. */
export interface RestOperation {
  readonly name: string;
  readonly rest: Rest;
  readonly input: StructureShape;
  readonly output?: StructureShape;
}

/** How a service is addressed on the wire. */
export interface WireService {
  /** Signing name, the service part of the credential scope. */
  readonly signingName: string;
  readonly protocol: "json" | "query" | "rest-xml";
  /** JSON: the part of X-Amz-Target before the dot. Query: the API version, and the XML namespace of answers. */
  readonly targetPrefix?: string;
  /** JSON: what other clients send in its place. */
  readonly otherTargetPrefix?: string;
  readonly apiVersion?: string;
  readonly xmlNamespace?: string;
  /** False where the refusal of a malformed request does not quote the values that it refuses. */
  readonly showsValues?: false;
  /** Names of all operations. */
  readonly operationNames: readonly string[];
  /** REST: how each operation is addressed, with the places of its members. */
  readonly rest?: readonly RestOperation[];
  /** JSON: calls that one request may bring together, and the X-Amz-Target of such a request. */
  readonly batch?: { readonly target: string; readonly operations: readonly string[] };
  /** Operations that nobody signs, and how the caller of each is told. */
  readonly unsigned?: ReadonlyMap<string, TellCaller>;
}
