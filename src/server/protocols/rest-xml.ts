import type { RestOperation, WireService } from "../../api/invoke.ts";
import { bareObject } from "../../base/bare-object.ts";
import { AwsError } from "../../base/errors.ts";
import type { JsonObject, JsonValue } from "../../base/json.ts";
import type { Shape } from "../../shape/shape.ts";
import type { Headers } from "../headers.ts";
import type { SignedMessage } from "../sigv4.ts";
import type { Parameters } from "./form.ts";
import { readParameters } from "./form.ts";
import type { Address } from "./rest-address.ts";
import { readAddress } from "./rest-address.ts";
import { findRoute } from "./rest-routes.ts";
import { readXmlBody } from "./xml-reader.ts";

/** A request for an operation of a REST service, in parts. */
export interface RestRequest {
  readonly operation: RestOperation;
  readonly body: () => JsonObject;
}

const nothing = new Uint8Array(0);

/** Reads what a request asks for. Throws InvalidURI, InvalidRequest, MethodNotAllowed and NotImplemented. */
export function readRestRequest(message: SignedMessage, service: WireService): RestRequest {
  const address = readAddress(message);
  const parameters = readQuery(message.query);
  const { method, headers } = message;
  const operation = findRoute(service.rest ?? [], { method, address, parameters, headers });
  return { operation, body: () => readInput(operation, { message, address, parameters }) };
}

function readQuery(query: string): Parameters {
  try {
    return readParameters(query, nothing);
  } catch (cause) {
    if (!(cause instanceof AwsError)) throw cause;
    throw invalidRequest(`the query string: ${cause.message}`, { cause });
  }
}

interface Parts {
  readonly message: SignedMessage;
  readonly address: Address;
  readonly parameters: Parameters;
}

function readInput({ input }: RestOperation, parts: Parts): JsonObject {
  const members = bareObject<JsonValue>();
  const fromBody = Object.values(input.members).some(({ place }) => place === undefined);
  const { body } = parts.message;
  const xml = fromBody && body.length > 0 ? readXmlBody(body) : {};
  for (const [name, shape] of Object.entries(input.members)) {
    const value = shape.place === undefined ? xml[name] : readPlaced(shape, shape.place, parts);
    if (value !== undefined) members[name] = value;
  }
  return members;
}

function readPlaced(
  shape: Shape,
  place: NonNullable<Shape["place"]>,
  { message: { headers, body }, address, parameters }: Parts,
): JsonValue | undefined {
  switch (place.in) {
    case "path":
      return place.name === "Key" ? address.key : address.bucket;
    case "query":
      return parameters.get(place.name);
    case "header":
      return headers.get(place.name);
    case "headers":
      return readPairs(headers, place.prefix);
    case "payload":
      return shape.kind === "blob" ? base64(body) : decodeText(body);
    case "status":
    case "elements":
      return undefined;
    default:
      return place satisfies never;
  }
}

function readPairs(headers: Headers, prefix: string): JsonObject {
  const names = [...headers.keys()].filter((name) => name.startsWith(prefix));
  return Object.fromEntries(
    names.map((name) => [name.slice(prefix.length), headers.get(name) ?? ""]),
  );
}

function base64(body: Uint8Array): string {
  return Buffer.from(body.buffer, body.byteOffset, body.length).toString("base64");
}

function decodeText(body: Uint8Array): string {
  try {
    return new TextDecoder("utf-8", { fatal: true }).decode(body);
  } catch (cause) {
    throw invalidRequest("the body is not UTF-8", { cause });
  }
}

function invalidRequest(message: string, options: ErrorOptions): AwsError {
  return new AwsError("InvalidRequest", message, options);
}
