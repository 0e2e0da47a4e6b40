import { AwsError } from "../../base/errors.ts";
import type { StoredObject } from "./model/object.ts";

/** Conditions on an object that a request may carry in headers. */
export interface Preconditions {
  readonly IfMatch?: string | undefined;
  readonly IfNoneMatch?: string | undefined;
  readonly IfModifiedSince?: string | undefined;
  readonly IfUnmodifiedSince?: string | undefined;
}

/** Throws PreconditionFailed and NotModified, in the order of RFC 9110; a tag speaks before a date. */
export function requirePreconditions(asked: Preconditions, object: StoredObject): void {
  const { IfMatch, IfNoneMatch } = asked;
  const changed = Math.floor(object.modifiedAt.getTime() / 1000) * 1000;
  const holds = (tags: string): boolean =>
    tags.split(",").some((tag) => ["*", object.etag, `"${object.etag}"`].includes(tag.trim()));
  if (IfMatch !== undefined && !holds(IfMatch)) throw failed("If-Match");
  const unmodified = IfMatch === undefined ? momentOf(asked.IfUnmodifiedSince) : undefined;
  if (unmodified !== undefined && changed > unmodified) throw failed("If-Unmodified-Since");
  if (IfNoneMatch !== undefined && holds(IfNoneMatch)) throw new AwsError("NotModified");
  const since = IfNoneMatch === undefined ? momentOf(asked.IfModifiedSince) : undefined;
  if (since !== undefined && changed <= since) throw new AwsError("NotModified");
}

/** A date that cannot be read is no condition, as RFC 9110 has it. */
function momentOf(text: string | undefined): number | undefined {
  const moment = Date.parse(text ?? "");
  return Number.isNaN(moment) ? undefined : moment;
}

function failed(condition: string): AwsError {
  return new AwsError(
    "PreconditionFailed",
    "At least one of the pre-conditions you specified did not hold",
    { details: { Condition: condition } },
  );
}
