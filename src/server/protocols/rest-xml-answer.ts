import type { RestOperation, WireService } from "../../api/invoke.ts";
import type { ByteStream } from "../../base/bytes.ts";
import type { AwsError, ErrorCode } from "../../base/errors.ts";
import type { Shape } from "../../shape/shape.ts";
import type { HttpAnswer } from "../answer.ts";
import { mismatch } from "../sigv4.ts";
import { element, escapeXml } from "./xml.ts";

const xmlType = "application/xml";
const start = '<?xml version="1.0" encoding="UTF-8"?>\n';

type Values = Readonly<Record<string, unknown>>;

/** An operation's answer: each member of its output in its place. */
export function writeRestAnswer(
  { xmlNamespace }: WireService,
  { rest, output: shape }: RestOperation,
  output: unknown,
  requestId: string,
): HttpAnswer {
  const members = Object.entries(shape?.members ?? {});
  // INVARIANT: the pipeline gives the output that the handler made by this shape.
  const values = (output ?? {}) as Values;
  const at = (place: string) => members.find(([, { place: own }]) => own?.in === place)?.[0];
  const status = Number(values[at("status") ?? ""] ?? rest.status ?? 200);
  const headers = members.flatMap(([name, member]) => writeHeaders(member, values[name]));
  const payload = values[at("payload") ?? ""];
  const contentType = headers.find(([name]) => name === "Content-Type")?.[1];
  return {
    status,
    contentType: contentType ?? (typeof payload === "string" ? "application/json" : xmlType),
    headers: [
      "x-amz-request-id",
      requestId,
      ...headers.filter(([name]) => name !== "Content-Type").flat(),
    ],
    body: isPayload(payload) ? payload : writeBody(members, values, rest.root, xmlNamespace),
  };
}

function isPayload(value: unknown): value is string | ByteStream {
  return typeof value === "string" || (typeof value === "object" && value !== null);
}

function writeHeaders(
  { place }: Shape,
  value: unknown,
): readonly (readonly [name: string, value: string])[] {
  if (value === undefined || place === undefined) return [];
  if (place.in === "header") return [[place.name, headerText(value)]];
  if (place.in !== "headers") return [];
  const pairs = Object.entries(value as Readonly<Record<string, string>>);
  return pairs.map(([name, text]) => [`${place.prefix}${name}`, text] as const);
}

function headerText(value: unknown): string {
  return value instanceof Date ? value.toUTCString() : String(value);
}

function writeBody(
  members: readonly (readonly [string, Shape])[],
  values: Values,
  root: string | undefined,
  namespace: string | undefined,
): string {
  const inBody = members.filter(([, { place }]) => place === undefined || place.in === "elements");
  if (inBody.length === 0) return "";
  if (root === undefined)
    return start + inBody.map(([name]) => element(name, text(values[name]), namespace)).join("");
  return start + element(root, writeMembers(inBody, values), namespace);
}

function writeMembers(members: readonly (readonly [string, Shape])[], values: Values): string {
  return members.map(([name, shape]) => writeMember(name, shape, values[name])).join("");
}

function writeMember(name: string, shape: Shape, value: unknown): string {
  if (value === undefined) return "";
  if (shape.kind !== "list") return element(name, writeValue(shape, value));
  const each = shape.place?.in === "elements" ? shape.place.name : name;
  const all = (value as readonly unknown[])
    .map((one) => element(each, writeValue(shape.of, one)))
    .join("");
  return shape.place?.in === "elements" ? element(name, all) : all;
}

function writeValue(shape: Shape, value: unknown): string {
  return shape.kind === "structure"
    ? writeMembers(Object.entries(shape.members), value as Values)
    : text(value);
}

function text(value: unknown): string {
  if (value === undefined) return "";
  return escapeXml(value instanceof Date ? value.toISOString() : String(value));
}

/** An error in S3's XML. `resource` is the path of the request. */
export function writeRestError(error: AwsError, resource: string, requestId: string): HttpAnswer {
  const { code, status, message = error.message } = wireError(error);
  const parts = {
    Code: code,
    Message: message,
    ...error.details,
    Resource: resource,
    RequestId: requestId,
  };
  const content = Object.entries(parts)
    .map(([name, value]) => element(name, escapeXml(value)))
    .join("");
  const region = "Region" in error.details ? error.details["Region"] : undefined;
  return {
    status,
    contentType: xmlType,
    headers: [
      ...["x-amz-request-id", requestId],
      ...(region === undefined ? [] : ["x-amz-bucket-region", region]),
    ],
    body: status === 304 ? "" : start + element("Error", content),
  };
}

interface WireError {
  readonly code: string;
  readonly status: number;
  readonly message?: string;
}

/** What S3 calls otherwise than other services do. */
const wireErrors: Readonly<Partial<Record<ErrorCode, WireError>>> = {
  AccessDeniedException: { code: "AccessDenied", status: 403 },
  DisabledException: { code: "KMS.DisabledException", status: 400 },
  ExpiredTokenException: { code: "ExpiredToken", status: 400 },
  IncompleteSignatureException: { code: "AuthorizationHeaderMalformed", status: 400 },
  InvalidSignatureException: { code: "SignatureDoesNotMatch", status: 403 },
  KMSInternalException: { code: "InternalError", status: 500 },
  KMSInvalidStateException: { code: "KMS.KMSInvalidStateException", status: 400 },
  KeyUnavailableException: { code: "KMS.KeyUnavailableException", status: 500 },
  MissingAuthenticationTokenException: { code: "AccessDenied", status: 403 },
  NotFoundException: { code: "KMS.NotFoundException", status: 400 },
  RequestEntityTooLargeException: { code: "EntityTooLarge", status: 400 },
  SerializationException: { code: "InvalidRequest", status: 400 },
  ServiceUnavailableException: { code: "ServiceUnavailable", status: 503 },
  ThrottlingException: { code: "SlowDown", status: 503 },
  UnknownOperationException: { code: "MethodNotAllowed", status: 405 },
  UnrecognizedClientException: {
    code: "InvalidAccessKeyId",
    status: 403,
    message: "The AWS Access Key Id you provided does not exist in our records.",
  },
  ValidationException: { code: "InvalidArgument", status: 400 },
};

function wireError({ code, status, message }: AwsError): WireError {
  const own = wireErrors[code] ?? { code, status };
  return message === mismatch ? { ...own, message: mismatchInS3 } : own;
}

const mismatchInS3 =
  "The request signature we calculated does not match the signature you provided. Check your key and signing method.";
