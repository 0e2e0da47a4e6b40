/** Readers of the pieces that all elements of a policy are made of. Each throws MalformedPolicyDocumentException. */
import { AwsError } from "../base/errors.ts";
import type { JsonObject, JsonValue } from "../base/json.ts";
import { isJsonList, isJsonObject } from "../base/json.ts";
import { isPolicyText } from "./characters.ts";

/** One text or a list, kept as the author wrote it. */
export type Strings = string | readonly string[];

/** The texts of an element, whether it was one or a list. */
export function listOf(strings: Strings | undefined): readonly string[] {
  return strings === undefined ? [] : typeof strings === "string" ? [strings] : strings;
}

/** The refusal of a policy: where, and what is wrong there. */
export function malformed(where: string, problem: string, options?: ErrorOptions): AwsError {
  return new AwsError("MalformedPolicyDocumentException", `${where}: ${problem}`, options);
}

/** Text of a user's as it stands in a refusal. */
export function quote(text: string): string {
  return `\`${text.length > 100 ? `${text.slice(0, 100)}…` : text}\``;
}

/** Reads an object that is not empty; `allowed` lists the names it may have, when they are fixed. */
export function readMembers(
  raw: JsonValue,
  where: string,
  name: string,
  allowed?: readonly string[],
): JsonObject {
  if (!isJsonObject(raw)) throw malformed(where, `${name} must be an object`);
  const names = Object.keys(raw);
  if (names.length === 0) throw malformed(where, `empty ${name}`);
  const unknown = allowed && names.find((each) => !allowed.includes(each));
  if (unknown !== undefined) throw malformed(where, `unknown member ${quote(unknown)}`);
  return raw;
}

/** Reads text that may be absent or empty. */
export function readText(
  raw: JsonValue | undefined,
  where: string,
  name: string,
): string | undefined {
  if (raw === undefined) return undefined;
  if (typeof raw !== "string" || !isPolicyText(raw))
    throw malformed(where, `${name} must be text of characters up to U+00FF`);
  return raw;
}

/** Reads one text or a list of texts, each changed by `read`, which refuses what may not stand there. */
export function readStrings(
  raw: JsonValue,
  where: string,
  name: string,
  read: (text: string) => string,
): Strings {
  const readOne = (each: JsonValue) => {
    if (typeof each !== "string" || each === "" || !isPolicyText(each))
      throw malformed(where, `${name} must be text or a list of texts, none empty`);
    return read(each);
  };
  if (!isJsonList(raw)) return readOne(raw);
  if (raw.length === 0) throw malformed(where, `empty ${name}`);
  return raw.map(readOne);
}

/** An object with the one member, or none when the value is undefined. */
export function optional<Name extends string, Value>(
  name: Name,
  value: Value | undefined,
): { readonly [Member in Name]?: Value } {
  if (value === undefined) return {};
  // A computed name widens to string in the type; the object has exactly this member.
  return { [name]: value } as { readonly [Member in Name]: Value };
}
