import type { Organization, Tags } from "./organization.ts";
import { fullAwsAccess } from "./organization.ts";
import { constraintViolated, immutablePolicy, invalidInput } from "./refusals.ts";

interface Tag {
  readonly Key: string;
  readonly Value: string;
}

const most = 50;

/** The organization with tags set on one of its resources. Throws as AWS does. */
export function tagged(
  organization: Organization,
  id: string,
  set: readonly Tag[] = [],
): Organization {
  const keys = set.map(({ Key }) => Key);
  if (new Set(keys).size < keys.length)
    throw invalidInput("DUPLICATE_TAG_KEY", "Tag keys must be unique.");
  if (keys.some((key) => key.toLowerCase().startsWith("aws:")))
    throw invalidInput(
      "INVALID_SYSTEM_TAGS_PARAMETER",
      "Tag keys that begin with aws: are reserved.",
    );
  const before = organization.tags[id] ?? {};
  const next = { ...before, ...Object.fromEntries(set.map(({ Key, Value }) => [Key, Value])) };
  if (Object.keys(next).length > most)
    throw constraintViolated(
      "MAX_TAG_LIMIT_EXCEEDED",
      "You have exceeded the number of tags allowed on this resource.",
    );
  return withTags(organization, id, next);
}

/** The organization without some tags of one of its resources; keys that it does not have are no fault. */
export function untagged(
  organization: Organization,
  id: string,
  keys: readonly string[],
): Organization {
  const kept = Object.entries(organization.tags[id] ?? {}).filter(([key]) => !keys.includes(key));
  return withTags(organization, id, Object.fromEntries(kept));
}

function withTags(organization: Organization, id: string, tags: Tags): Organization {
  if (id === fullAwsAccess.id) throw immutablePolicy();
  const { [id]: _before, ...others } = organization.tags;
  const own = Object.keys(tags).length === 0 ? {} : { [id]: tags };
  return { ...organization, tags: { ...others, ...own } };
}
