import { isMap, isScalar, isSeq, LineCounter, parseDocument, visit } from "yaml";
import { OperatorError } from "../base/errors.ts";
import type { JsonValue } from "../base/json.ts";
import { suggestion } from "./suggestion.ts";

/**
 * Reads a part of a YAML or JSON document; undefined when it reported a problem. Forms are made of these.
 * Problems carry their line and never repeat a value: the documents read here hold secrets.
 */
export type Read<T> = (place: Place) => T | undefined;

/** A node of the document. `name` is that of the member it belongs to. */
export interface Place {
  readonly node: unknown;
  readonly name: string;
  readonly line: number;
  report(problem: string): undefined;
  /** A node inside this one; its line is that of `anchor`. */
  inner(node: unknown, name: string, anchor: unknown): Place;
}

/** A member of an object's form, and its value when the document leaves it out. */
export interface Member<T> {
  readonly read: Read<T>;
  readonly absent?: { readonly value: T };
}

type Members = Readonly<Record<string, Member<unknown>>>;
type ObjectOf<M extends Members> = {
  readonly [N in keyof M]: M[N] extends Member<infer T> ? T : never;
};
type Problem = readonly [line: number, text: string];

const mostProblems = 20;

/** Reads a whole document. Throws OperatorError with all problems, one a line, as `file:12: problem`. */
export function readDocument<T>(text: string, file: string, read: Read<T>): T {
  const lines = new LineCounter();
  const problems: Problem[] = [];
  const document = parseDocument(text, { lineCounter: lines, prettyErrors: false });
  const root = placeOf(document.contents, "the file", 1, lines, problems);
  for (const { code, pos } of [...document.errors, ...document.warnings])
    problems.push([lines.linePos(pos[0]).line, syntaxProblem(code)]);
  visit(document, {
    Alias: (_, node) =>
      root.inner(node, "", node).report("YAML aliases are not read: repeat the value"),
  });
  if (problems.length === 0 && isEmpty(document.contents)) root.report("the file is empty");
  const value = problems.length === 0 ? read(root) : undefined;
  if (value === undefined || problems.length > 0) throw problemsError(file, problems);
  return value;
}

function isEmpty(contents: unknown): boolean {
  return contents === null || (isScalar(contents) && contents.value === null);
}

function problemsError(file: string, problems: readonly Problem[]): OperatorError {
  const rows = problems
    .toSorted(([a], [b]) => a - b)
    .map(([line, text]) => `${file}:${line}: ${text}`);
  const more = rows.length - mostProblems;
  const shown =
    more > 0 ? [...rows.slice(0, mostProblems), `${file}: ${more} more problems`] : rows;
  return new OperatorError(shown.join("\n"));
}

/** In words of ours, because the parser's own may repeat a value. */
function syntaxProblem(code: string): string {
  if (code === "DUPLICATE_KEY") return "this member is already given above";
  return `not valid YAML: ${code.toLowerCase().replaceAll("_", " ")}`;
}

function placeOf(
  node: unknown,
  name: string,
  line: number,
  lines: LineCounter,
  problems: Problem[],
): Place {
  return {
    node,
    name,
    line,
    report(problem) {
      problems.push([line, problem]);
      return undefined;
    },
    inner: (node, name, anchor) =>
      placeOf(node, name, lineOf(anchor, lines) ?? line, lines, problems),
  };
}

function lineOf(node: unknown, lines: LineCounter): number | undefined {
  if (typeof node !== "object" || node === null || !("range" in node)) return undefined;
  const [start] = Array.isArray(node.range) ? node.range : [];
  return typeof start === "number" ? lines.linePos(start).line : undefined;
}

/** A member that must be there. */
export function required<T>(read: Read<T>): Member<T> {
  return { read };
}

/** A member that may be left out. */
export function optional<T, A>(read: Read<T>, absent: A): Member<T | A> {
  return { read, absent: { value: absent } };
}

/** Reads an object with exactly these members, in the order of the form. */
export function object<M extends Members>(members: M): Read<ObjectOf<M>> {
  return (place) => {
    const entries = entriesOf(place);
    if (!entries) return undefined;
    for (const [name, entry] of entries)
      if (!Object.hasOwn(members, name)) reportUnknown(entry, members);
    const read = Object.entries(members).map(([name, member]) => {
      return [name, readMember(name, member, entries.get(name), place)] as const;
    });
    if (read.some(([, found]) => !found)) return undefined;
    // Every member was read by its own reader, which is what ObjectOf says.
    return Object.fromEntries(read.map(([name, found]) => [name, found?.value])) as ObjectOf<M>;
  };
}

type Found = { readonly value: unknown } | undefined;

function readMember(
  name: string,
  member: Member<unknown>,
  entry: Place | undefined,
  place: Place,
): Found {
  if (!entry) return member.absent ?? place.report(`\`${name}\` is missing from \`${place.name}\``);
  const value = member.read(entry);
  return value === undefined ? undefined : { value };
}

function reportUnknown(entry: Place, members: Members): void {
  const known = Object.keys(members);
  const hint = suggestion(entry.name, known) || `; the members here are ${known.join(", ")}`;
  entry.report(`unknown member${hint}`);
}

/** Reads an object whose names are free within the pattern. Entries with a problem are left out. */
export function record<T>(
  names: RegExp,
  rule: string,
  read: Read<T>,
): Read<Readonly<Record<string, T>>> {
  return (place) => {
    const found = new Map<string, T>();
    const entries = entriesOf(place);
    for (const [name, entry] of entries ?? []) {
      const value = read(entry);
      if (!names.test(name)) entry.report(`names in \`${place.name}\` must be ${rule}`);
      else if (value !== undefined) found.set(name, value);
    }
    return entries && Object.fromEntries(found);
  };
}

/** Reads a list. Items with a problem are left out. */
export function list<T>(read: Read<T>): Read<readonly T[]> {
  return (place) => {
    const { node, name } = place;
    if (!isSeq(node)) return place.report(`\`${name}\` must be a list`);
    return node.items
      .map((item) => read(place.inner(item, name, item)))
      .filter((value) => value !== undefined);
  };
}

/** Reads text that the pattern allows; `rule` says what that is. */
export function text(pattern: RegExp, rule: string): Read<string> {
  return ({ node, name, report }) => {
    const value = isScalar(node) ? node.value : undefined;
    if (typeof value === "number" || typeof value === "boolean")
      return report(`\`${name}\` must be text: put it in quotes`);
    if (typeof value === "string" && pattern.test(value)) return value;
    return report(`\`${name}\` must be ${rule}`);
  };
}

/** Reads true or false. */
export function truth({ node, name, report }: Place): boolean | undefined {
  if (isScalar(node) && typeof node.value === "boolean") return node.value;
  return report(`\`${name}\` must be true or false`);
}

/** Reads a whole number between two limits, both included. */
export function whole(least: number, most: number): Read<number> {
  return ({ node, name, report }) => {
    const value = isScalar(node) ? node.value : undefined;
    if (typeof value === "number" && Number.isInteger(value) && value >= least && value <= most)
      return value;
    return report(`\`${name}\` must be a whole number from ${least} to ${most}`);
  };
}

/** Reads with one reader, then lets a check report further problems. */
export function checked<T>(read: Read<T>, check: (value: T, place: Place) => void): Read<T> {
  return (place) => {
    const value = read(place);
    if (value !== undefined) check(value, place);
    return value;
  };
}

/** Reads digits that may be written as a number, as long as YAML keeps each of them. */
export function digits(count: number): Read<string> {
  return ({ node, name, report }) => {
    const value = isScalar(node) ? node.value : undefined;
    const kept = isScalar(node) && (typeof value === "string" || String(value) === node.source);
    if (kept && new RegExp(`^\\d{${count}}$`).test(String(value))) return String(value);
    return report(`\`${name}\` must be ${count} digits: put it in quotes`);
  };
}

/** Reads any value as JSON. */
export function json(place: Place): JsonValue | undefined {
  const { node, name } = place;
  if (isSeq(node)) return node.items.map((item) => json(place.inner(item, name, item)) ?? null);
  if (isMap(node)) {
    const entries = [...(entriesOf(place) ?? [])];
    return Object.fromEntries(entries.map(([member, entry]) => [member, json(entry) ?? null]));
  }
  const value = isScalar(node) ? node.value : null;
  if (value === null || typeof value === "string" || typeof value === "boolean") return value;
  if (typeof value === "number" && Number.isFinite(value)) return value;
  return place.report(`\`${name}\` has a value that JSON cannot have`);
}

/** The places of an object's members by name, each on the line of its name. */
export function entriesOf(place: Place): ReadonlyMap<string, Place> | undefined {
  const { node, name, report } = place;
  if (!isMap(node)) return report(`\`${name}\` must be a mapping of members`);
  const entries = new Map<string, Place>();
  for (const { key, value } of node.items) {
    const member = isScalar(key) ? key.value : undefined;
    if (typeof member === "string") entries.set(member, place.inner(value, member, key));
    else place.inner(key, name, key).report("names of members must be text");
  }
  return entries;
}
