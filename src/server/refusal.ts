import type { AwsError } from "../base/errors.ts";
import type { HttpAnswer } from "./answer.ts";
import type { ReceivedRequest } from "./front-door.ts";
import { writeJsonError } from "./protocols/json.ts";
import { writeQueryError } from "./protocols/query.ts";
import { writeRestError } from "./protocols/rest-xml-answer.ts";
import { claimedService } from "./rest-door.ts";

/** An error for a request that is not read further, in the protocol that it seems to speak: nothing of it is believed. */
export function refusalOf(
  error: AwsError,
  { method, target, headers, requestId }: Omit<ReceivedRequest, "body" | "connection">,
): HttpAnswer {
  const mark = target.indexOf("?");
  const path = mark < 0 ? target : target.slice(0, mark);
  const claimed = [target, ...headers.raw].map(claimedService).find((name) => name !== undefined);
  if (claimed === "s3") return writeRestError(error, path, requestId);
  const isQuery = /^(GET |POST .*x-www-form-urlencoded)/s.test(
    `${method} ${headers.raw.join(" ")}`,
  );
  return isQuery ? writeQueryError(undefined, error, requestId) : writeJsonError(error);
}
