import { AwsError } from "../../../base/errors.ts";
import type { Trail } from "./trail.ts";

interface Tag {
  readonly Key: string;
  readonly Value?: string | undefined;
}

const most = 50;

/** The tags of a trail with some set. Throws InvalidTagParameterException, TagsLimitExceededException. */
export function withTags(before: Trail["tags"], set: readonly Tag[] = []): Trail["tags"] {
  const keys = set.map(({ Key }) => Key);
  if (new Set(keys).size < keys.length) throw invalid("Tag keys must be unique.");
  if (keys.some((key) => key.toLowerCase().startsWith("aws:")))
    throw invalid("Tag keys that begin with aws: are reserved.");
  const fresh = set.map(({ Key, Value = "" }) => [Key, Value] as const);
  const tags = { ...before, ...Object.fromEntries(fresh) };
  if (Object.keys(tags).length > most)
    throw new AwsError(
      "TagsLimitExceededException",
      `The number of tags per trail has exceeded the limit of ${most}.`,
    );
  return tags;
}

/** The tags of a trail without some keys; those that it does not have are no fault. */
export function withoutTags(before: Trail["tags"], set: readonly Tag[]): Trail["tags"] {
  const keys = set.map(({ Key }) => Key);
  return Object.fromEntries(Object.entries(before).filter(([key]) => !keys.includes(key)));
}

function invalid(message: string): AwsError {
  return new AwsError("InvalidTagParameterException", message);
}
