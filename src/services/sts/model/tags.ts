import { AwsError } from "../../../base/errors.ts";

interface Tag {
  readonly Key: string;
  readonly Value: string;
}

type Tags = Readonly<Record<string, string>>;

/** What a request for a session says about its tags. */
export interface TagRequest {
  readonly Tags?: readonly Tag[] | undefined;
  readonly TransitiveTagKeys?: readonly string[] | undefined;
}

/** The tags of a new session, and those of them that the sessions it starts will have. */
export interface SessionTags {
  readonly tags: Tags;
  readonly transitive: Tags;
}

/** Tags with others set over them; names are compared without case, the newer spelling stays. */
export function withTags(below: Tags, above: Tags): Tags {
  const replaced = new Set(Object.keys(above).map(fold));
  const kept = Object.entries(below).filter(([key]) => !replaced.has(fold(key)));
  return { ...Object.fromEntries(kept), ...above };
}

/** The tags of a session that a request asks for and a session inherits. Throws InvalidParameterValue in AWS's words. */
export function sessionTags(
  { Tags: asked = [], TransitiveTagKeys: transitive = [] }: TagRequest,
  inherited: Tags,
): SessionTags {
  const names = asked.map(({ Key }) => fold(Key));
  if (new Set(names).size < names.length)
    throw invalid("Duplicate tag keys found. Please note that Tag keys are case insensitive.");
  if (names.some((name) => name.startsWith("aws:")))
    throw invalid("Tag keys that begin with aws: are reserved.");
  const passed = new Set(transitive.map(fold));
  if (![...passed].every((name) => names.includes(name)))
    throw invalid("The specified transitive tag key must be included in the requested tags.");
  if (Object.keys(inherited).some((key) => names.includes(fold(key))))
    throw invalid(
      "One of the specified transitive tag keys can't be set because it conflicts with a transitive tag key from the calling session.",
    );
  const pairs = asked.map(({ Key, Value }) => [Key, Value] as const);
  const own = pairs.filter(([key]) => passed.has(fold(key)));
  return {
    tags: { ...inherited, ...Object.fromEntries(pairs) },
    transitive: { ...inherited, ...Object.fromEntries(own) },
  };
}

function fold(key: string): string {
  return key.toLowerCase();
}

function invalid(message: string): AwsError {
  return new AwsError("InvalidParameterValueException", message);
}
