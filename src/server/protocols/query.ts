import type { Answer, WireService } from "../../api/invoke.ts";
import type { ErrorCode } from "../../base/errors.ts";
import { AwsError } from "../../base/errors.ts";
import type { JsonValue } from "../../base/json.ts";
import { isJsonObject } from "../../base/json.ts";
import type { HttpAnswer } from "../answer.ts";
import type { Parameters } from "./form.ts";
import { element, escapeXml } from "./xml.ts";

/** The media type of a query-protocol request body. */
export const formContentType = "application/x-www-form-urlencoded";

/** The operation that the parameters name. Throws UnknownOperationException, on the wire `InvalidAction`. */
export function readAction(parameters: Parameters, service: WireService): string {
  const action = parameters.get("Action") ?? "";
  const version = parameters.get("Version") ?? "NO_VERSION_SPECIFIED";
  if (version !== service.apiVersion || !service.operationNames.includes(action))
    throw new AwsError(
      "UnknownOperationException",
      `Could not find operation ${action} for version ${version}`,
    );
  return action;
}

/** An operation's answer in XML; without output there is no result element. */
export function writeQueryAnswer(
  service: WireService,
  operation: string,
  answer: Answer,
  requestId: string,
): HttpAnswer {
  const result = answer === undefined ? "" : element(`${operation}Result`, writeMembers(answer));
  const metadata = element("ResponseMetadata", element("RequestId", escapeXml(requestId)));
  return xml(200, `${operation}Response`, service.xmlNamespace, `${result}${metadata}`);
}

/** An error in XML, with the code and status that the query protocol has for it. */
export function writeQueryError(
  namespace: string | undefined,
  error: AwsError,
  requestId: string,
): HttpAnswer {
  const { code, status } = wireError(error);
  const type = status < 500 ? "Sender" : "Receiver";
  const body = `${element("Type", type)}${element("Code", code)}${element("Message", escapeXml(error.message))}`;
  const id = element("RequestId", escapeXml(requestId));
  const answer = xml(status, "ErrorResponse", namespace, `${element("Error", body)}${id}`);
  return { ...answer, authorizationMessage: error.authorizationMessage };
}

interface WireError {
  readonly code: string;
  readonly status: number;
}

/** Codes that the query protocol does not merely spell without `Exception`. */
const wireErrors: Readonly<Partial<Record<ErrorCode, WireError>>> = {
  AccessDeniedException: { code: "AccessDenied", status: 403 },
  CredentialReportExpiredException: { code: "ReportExpired", status: 410 },
  CredentialReportNotPresentException: { code: "ReportNotPresent", status: 410 },
  ExpiredIdentityTokenException: { code: "ExpiredTokenException", status: 400 },
  ExpiredTokenException: { code: "ExpiredToken", status: 403 },
  InvalidAuthorizationMessageException: {
    code: "InvalidAuthorizationMessageException",
    status: 400,
  },
  InvalidSignatureException: { code: "SignatureDoesNotMatch", status: 403 },
  KMSInternalException: { code: "InternalFailure", status: 500 },
  LimitExceededException: { code: "LimitExceeded", status: 409 },
  MissingAuthenticationTokenException: { code: "MissingAuthenticationToken", status: 403 },
  SerializationException: { code: "MalformedInput", status: 400 },
  UnknownOperationException: { code: "InvalidAction", status: 400 },
  UnrecognizedClientException: { code: "InvalidClientTokenId", status: 403 },
  ValidationException: { code: "ValidationError", status: 400 },
};

function wireError(error: AwsError): WireError {
  return (
    wireErrors[error.code] ?? {
      code: error.code.replace(/Exception$/, ""),
      status: error.status,
    }
  );
}

function xml(
  status: number,
  root: string,
  namespace: string | undefined,
  content: string,
): HttpAnswer {
  const attribute = namespace === undefined ? "" : ` xmlns="${escapeXml(namespace)}"`;
  return { status, contentType: "text/xml", body: `<${root}${attribute}>${content}</${root}>\n` };
}

function writeMembers(value: JsonValue): string {
  if (!isJsonObject(value)) throw new TypeError("an answer of the query protocol is a structure");
  return Object.entries(value)
    .map(([name, member]) => {
      if (member === null) return "";
      return name === "entry" ? writeEntries(member) : element(name, writeValue(member));
    })
    .join("");
}

/** A map is written as its entries, and arrives here as a structure that holds the list of them. */
function writeEntries(entries: JsonValue): string {
  if (!Array.isArray(entries)) throw new TypeError("the entries of a map are a list");
  return entries.map((each: JsonValue) => element("entry", writeMembers(each))).join("");
}

function writeValue(value: JsonValue): string {
  if (Array.isArray(value))
    return value.map((each: JsonValue) => element("member", writeValue(each))).join("");
  return isJsonObject(value) ? writeMembers(value) : escapeXml(String(value));
}
