import { AwsError } from "../../../base/errors.ts";

interface Tag {
  readonly Key: string;
  readonly Value: string;
}

type Tags = Readonly<Record<string, string>>;

const most = 50;

/** The tags after some were set; keys are compared without case, the newest spelling stays. Throws as AWS does. */
export function mergeTags(before: Tags, set: readonly Tag[] = []): Tags {
  const keys = set.map(({ Key }) => Key.toLowerCase());
  if (new Set(keys).size < keys.length)
    throw new AwsError(
      "InvalidInputException",
      "Duplicate tag keys found. Please note that Tag keys are case insensitive.",
    );
  if (keys.some((key) => key.startsWith("aws:")))
    throw new AwsError("InvalidInputException", "System tags cannot be added/updated.");
  const kept = withoutTags(before, keys);
  const merged = { ...kept, ...Object.fromEntries(set.map(({ Key, Value }) => [Key, Value])) };
  if (Object.keys(merged).length > most)
    throw new AwsError(
      "LimitExceededException",
      `The number of tags has reached the maximum limit.`,
    );
  return merged;
}

/** The tags without those of some keys, compared without case. */
export function withoutTags(tags: Tags, keys: readonly string[]): Tags {
  const removed = new Set(keys.map((key) => key.toLowerCase()));
  return Object.fromEntries(
    Object.entries(tags).filter(([key]) => !removed.has(key.toLowerCase())),
  );
}
