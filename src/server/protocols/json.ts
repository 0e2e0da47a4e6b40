import type { Answer } from "../../api/invoke.ts";
import { AwsError } from "../../base/errors.ts";
import type { JsonLimits, JsonObject, JsonValue } from "../../base/json.ts";
import { JsonSyntaxError, readJsonBytes } from "../../base/json.ts";
import type { HttpAnswer } from "../answer.ts";

/** The media type of AWS JSON 1.1. */
export const jsonContentType = "application/x-amz-json-1.1";

/** Reads a request body. Throws SerializationException without a message, as AWS does. */
export function readJsonBody(body: Uint8Array, limits?: JsonLimits): JsonValue {
  try {
    return readJsonBytes(body, limits);
  } catch (cause) {
    if (cause instanceof JsonSyntaxError) throw notJson(cause);
    throw cause;
  }
}

function notJson(cause: JsonSyntaxError): AwsError {
  return new AwsError("SerializationException", "", { cause });
}

/** An operation's answer; without output the body is empty. */
export function writeJsonAnswer(answer: Answer): HttpAnswer {
  const body = answer === undefined ? "" : JSON.stringify(answer);
  return { status: 200, contentType: jsonContentType, body };
}

/** An error: its type, its message where there is one, and its reason. AccessDeniedException alone spells the member `Message`. */
export function errorMembers(error: AwsError): JsonObject {
  const name = error.code === "AccessDeniedException" ? "Message" : "message";
  return {
    ["__type"]: error.code,
    ...(error.message !== "" && { [name]: error.message }),
    ...(error.reason !== undefined && { ["Reason"]: error.reason }),
  };
}

/** An error as the answer to a request. */
export function writeJsonError(error: AwsError): HttpAnswer {
  const body = JSON.stringify(errorMembers(error));
  const { authorizationMessage, status } = error;
  return { status, contentType: jsonContentType, body, authorizationMessage };
}
