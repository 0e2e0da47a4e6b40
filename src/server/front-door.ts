import type { Caller, Connection, Credential } from "../api/context.ts";
import { Elsewhere } from "../api/elsewhere.ts";
import type { Call, Invoke, Perform, WireService } from "../api/invoke.ts";
import { AwsError } from "../base/errors.ts";
import type { JsonValue } from "../base/json.ts";
import type { Soon } from "../base/soon.ts";
import { after } from "../base/soon.ts";
import { parseQuery } from "../crypto/canonical-request.ts";
import type { HttpAnswer } from "./answer.ts";
import type { AuthenticationOptions } from "./authenticate.ts";
import { findCredential, openAuthentication } from "./authenticate.ts";
import { openBatchDoor } from "./batch.ts";
import type { ReceivedHeaders } from "./headers.ts";
import { requireOnce } from "./headers.ts";
import type { Log } from "./log.ts";
import type { MakeCall, Message } from "./message.ts";
import { asFault } from "./message.ts";
import { readMembers, readParameters } from "./protocols/form.ts";
import {
  jsonContentType,
  readJsonBody,
  writeJsonAnswer,
  writeJsonError,
} from "./protocols/json.ts";
import {
  formContentType,
  readAction,
  writeQueryAnswer,
  writeQueryError,
} from "./protocols/query.ts";
import { refusalOf } from "./refusal.ts";
import { claimedService, isFor, openRestDoor } from "./rest-door.ts";
import { findUnsigned, unsignedCall } from "./unsigned.ts";

/** What stands behind the front door. */
export interface FrontDoorOptions extends AuthenticationOptions {
  readonly services: readonly WireService[];
  readonly invoke: Invoke;
  /** For services with a REST protocol, whose answers are more than JSON. */
  readonly perform: Perform;
  readonly log: Log;
  /** For calls that share a request. */
  readonly newRequestId: () => string;
}

/** A whole request as received, not yet believed. */
export interface ReceivedRequest {
  readonly method: string;
  /** Path and query string. */
  readonly target: string;
  readonly headers: ReceivedHeaders;
  readonly body: Uint8Array;
  readonly connection: Connection;
  readonly requestId: string;
}

/** Answers a request; rejects with Elsewhere only, where another thread has to. */
export type FrontDoor = (request: ReceivedRequest) => Promise<HttpAnswer>;

/**
 * The way from a request to an operation: protocol, operation name, signature, body, operation, answer. AWS refuses a body that
 * is not JSON first of all; here the signature comes before it, so that a stranger's body costs one hash and no parsing.
 */
export function openFrontDoor(options: FrontDoorOptions): FrontDoor {
  const authenticate = openAuthentication(options);
  const { invoke } = options;
  const targets = listTargets(options.services);
  const queryServices = options.services.filter(({ protocol }) => protocol === "query");
  const rest = options.services.find(({ protocol }) => protocol === "rest-xml");
  const queryNames = queryServices.map(({ signingName }) => signingName);

  const call = callsOf(options);
  const answerRest = openRestDoor(options, authenticate, call);
  const answerBatch = openBatchDoor(options, call);

  function answerJson(message: Message): Soon<HttpAnswer> {
    const target = targets.get(message.headers.get("x-amz-target") ?? "");
    if (target === undefined) throw new AwsError("UnknownOperationException");
    const { names, operation, batch } = target;
    const sourceIp = message.connection.sourceIp;
    const body = (): JsonValue => readJsonBody(message.body);
    return after(authenticate(message, names, sourceIp), (signed) =>
      batch === undefined
        ? invoke(call(message, signed, { operation, body })).then(writeJsonAnswer)
        : answerBatch(message, signed, batch),
    );
  }

  async function answerQuery(message: Message): Promise<HttpAnswer> {
    let service: WireService | undefined;
    const { query, body, requestId } = message;
    try {
      const unsigned = findUnsigned(message, queryServices);
      if (unsigned !== undefined) {
        service = unsigned.service;
        const answer = await invoke(unsignedCall(message, unsigned, options));
        return writeQueryAnswer(service, unsigned.operation, answer, requestId);
      }
      requireService(message, options.services);
      const signed = await authenticate(message, queryNames, message.connection.sourceIp);
      service = queryServices.find(({ signingName }) => signingName === signed.service);
      if (service === undefined) throw new TypeError("a service that was not asked for signed");
      const parameters = readParameters(query, body);
      const operation = readAction(parameters, service);
      const tell = service.unsigned?.get(operation);
      const answer = await (tell === undefined
        ? invoke(call(message, signed, { operation, body: () => readMembers(parameters) }))
        : invoke(
            unsignedCall(message, { service, operation, tell, parameters }, options, signed.region),
          ));
      return writeQueryAnswer(service, operation, answer, requestId);
    } catch (error) {
      const fault = asFault(error, requestId, options.log);
      const { xmlNamespace } = service ?? nameless(message, queryServices);
      return writeQueryError(xmlNamespace, fault, requestId);
    }
  }

  function answer(request: ReceivedRequest): Soon<HttpAnswer> {
    const message = readMessage(request);
    if (rest !== undefined && isFor(rest, message)) return answerRest(message, rest);
    const protocol = selectProtocol(message);
    if (protocol === "json") return answerJson(message);
    if (protocol === "query" && queryServices.length > 0) return answerQuery(message);
    return unknownOperation;
  }

  // Without `async`: each function that waits makes every answer wait a little longer.
  return (request) => {
    const refused = (error: unknown): HttpAnswer => {
      if (error instanceof Elsewhere) throw error;
      return writeJsonError(asFault(error, request.requestId, options.log));
    };
    try {
      const answered = answer(request);
      return answered instanceof Promise ? answered.catch(refused) : Promise.resolve(answered);
    } catch (error) {
      return Promise.try(refused, error);
    }
  };
}

function callsOf(options: AuthenticationOptions): MakeCall {
  return ({ requestId, connection }, signed, asked) => {
    const { region, service, credential, sessionToken } = signed;
    let proven: Credential | undefined = credential;
    const identify: Call["identify"] = () => {
      const first = proven;
      proven = undefined;
      if (first !== undefined) return first.caller;
      return after(findCredential(options, credential.accessKeyId, sessionToken), callerOf);
    };
    const { operation, body, batchId } = asked;
    const call = { service, operation, region, body, requestId, connection, identify };
    return batchId === undefined ? call : { ...call, batchId };
  };
}

function callerOf({ caller }: Credential): Caller {
  return caller;
}

/** Says which service is not here to who asks for one: that their signature is for another would send them looking for a wrong key. */
function requireService({ headers, query }: Message, services: readonly WireService[]): void {
  const claimed = claimedService(headers.get("authorization") ?? query);
  if (claimed === undefined || services.some(({ signingName }) => signingName === claimed)) return;
  throw new AwsError("UnknownOperationException", `Keywright has no service ${claimed}.`);
}

/** The query service that a refused request seems to be for, by the version that it names: it was not read. */
function nameless(
  { query, body }: Message,
  services: readonly WireService[],
): Pick<WireService, "xmlNamespace"> {
  const text = `${query}&${Buffer.from(body.subarray(0, 1_024)).toString("latin1")}`;
  const named = services.find(({ apiVersion }) => text.includes(`Version=${apiVersion}`));
  return named ?? services[0] ?? {};
}

/** Answers everything with one error, in the protocol that the request seems to speak. */
export function closedFrontDoor(error: AwsError): FrontDoor {
  return async (request) => refusalOf(error, request);
}

/** AWS's answer to what is not a request of any protocol. */
const unknownOperation: HttpAnswer = {
  status: 404,
  contentType: "application/xml",
  body: "<UnknownOperationException/>\n",
};

interface Target {
  /** The signing name of its service. */
  readonly names: readonly [string];
  readonly operation: string;
  /** The operations that may come in a batch, where this is one. */
  readonly batch?: readonly string[];
}

function listTargets(services: readonly WireService[]): ReadonlyMap<string, Target> {
  const targets = new Map<string, Target>();
  for (const service of services) {
    const { protocol, signingName, targetPrefix, otherTargetPrefix, batch } = service;
    if (protocol !== "json") continue;
    const names = [signingName] as const;
    if (batch !== undefined)
      targets.set(batch.target, { names, operation: batch.target, batch: batch.operations });
    for (const prefix of [targetPrefix, otherTargetPrefix])
      for (const operation of prefix === undefined ? [] : service.operationNames)
        targets.set(`${prefix}.${operation}`, { names, operation });
  }
  return targets;
}

function readMessage(request: ReceivedRequest): Message {
  const { method, target, headers, body, connection, requestId } = request;
  requireOnce(headers);
  const mark = target.indexOf("?");
  const path = mark < 0 ? target : target.slice(0, mark);
  const query = mark < 0 ? "" : target.slice(mark + 1);
  return { method, path, query, headers, body, connection, requestId };
}

/** `POST /` by its content type, and `GET /?Action=…`; the path is compared as received, so that no spelling leads elsewhere. */
function selectProtocol(message: Message): "json" | "query" | undefined {
  const { method, path, headers, query } = message;
  if (path !== "/") return undefined;
  if (method === "GET") return hasAction(query) ? "query" : undefined;
  if (method !== "POST") return undefined;
  const contentType = plainContentType(headers.get("content-type") ?? "");
  if (contentType === jsonContentType) return "json";
  return contentType === formContentType ? "query" : undefined;
}

/** A content type without what may stand behind it. */
export function plainContentType(contentType: string): string {
  if (contentType === jsonContentType) return contentType;
  return contentType.toLowerCase().replace(/; ?charset=utf-8$/, "");
}

function hasAction(query: string): boolean {
  try {
    return parseQuery(query).some(([name]) => name === "Action");
  } catch {
    // Text that cannot be decoded names no operation.
    return false;
  }
}
