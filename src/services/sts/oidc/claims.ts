import type { JWTPayload } from "jose";
import type { Federation } from "../../../api/sessions.ts";
import { invalid } from "./identity-tokens.ts";

const tagsClaim = "https://aws.amazon.com/tags";
const sourceClaim = "https://aws.amazon.com/source_identity";

/** The session tags and the source identity that an identity token asks for. Throws InvalidIdentityToken. */
export function requestedTraits(claims: JWTPayload): Pick<Federation, "tags" | "sourceIdentity"> {
  const given = claims[tagsClaim];
  const source = claims[sourceClaim];
  if (source !== undefined && !(typeof source === "string" && /^[\w+=,.@-]{2,64}$/.test(source)))
    throw invalid("The source identity of the token is not valid.");
  return {
    ...(given === undefined ? {} : { tags: readTags(given) }),
    ...(source === undefined ? {} : { sourceIdentity: source }),
  };
}

function readTags(given: unknown): NonNullable<Federation["tags"]> {
  const { principal_tags: pairs = {}, transitive_tag_keys: keys = [] } = asRecord(given);
  const Tags = Object.entries(asRecord(pairs)).map(([Key, value]) => {
    const [Value, ...rest]: readonly unknown[] = Array.isArray(value) ? value : [value];
    if (typeof Value !== "string" || rest.length > 0) throw malformed();
    return { Key, Value };
  });
  if (Tags.length > 50 || !Tags.every(({ Key, Value }) => isKey(Key) && isValue(Value)))
    throw malformed();
  if (!Array.isArray(keys) || !keys.every((key) => typeof key === "string")) throw malformed();
  return { Tags, TransitiveTagKeys: keys };
}

function isKey(text: string): boolean {
  return /^[\p{L}\p{Z}\p{N}_.:/=+\-@]{1,128}$/u.test(text);
}

function isValue(text: string): boolean {
  return /^[\p{L}\p{Z}\p{N}_.:/=+\-@]{0,256}$/u.test(text);
}

function asRecord(value: unknown): Readonly<Record<string, unknown>> {
  if (typeof value !== "object" || value === null || Array.isArray(value)) throw malformed();
  return value as Readonly<Record<string, unknown>>;
}

function malformed() {
  return invalid("The session tags of the token are not valid.");
}
