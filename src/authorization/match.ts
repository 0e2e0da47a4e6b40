/**
 * Matching of policy text against request values: wildcards, policy variables, ARNs, actions.
 * INVARIANT: what a variable stands for is compared character by character and is never a pattern.
 */
import { foldKey } from "./characters.ts";
import type { Glob } from "./glob.ts";
import { anyRun, compileGlob, globMatches, parseGlob, pushUnit, wildcard } from "./glob.ts";
import type { Conditions } from "./request.ts";

/** Whether a value matches; undefined when that cannot be known (a variable without a value, a malformed value). */
export type Matcher = (value: string, conditions: Conditions) => boolean | undefined;

interface Variable {
  readonly key: string;
  readonly fallback: string | undefined;
}

type Pieces = readonly (number | Variable)[];

const colon = 0x3a;

/** How pattern text is read: which of wildcards and variables mean something, and whether case matters. */
export interface Reading {
  readonly wildcards: boolean;
  readonly variables: boolean;
  readonly ignoreCase?: boolean;
}

/** Compiles an action pattern; matches actions in lower case. */
export function compileAction(pattern: string): (action: string) => boolean {
  return compileFast(parseGlob(pattern.toLowerCase()));
}

/** Compiles text with wildcards and variables; undefined when a variable is malformed. */
export function compileText(pattern: string, reading: Reading): Matcher | undefined {
  const pieces = parsePieces(fold(pattern, reading), reading);
  return pieces && compilePieces(pieces, reading);
}

/**
 * Compiles an ARN pattern; undefined when a variable is malformed. Parts match one by one, so a wildcard reaches
 * over a colon only in the last part. A variable alone stands for the whole text. `short` says what fewer than six parts mean:
 * in resources the missing ones match anything, and `*` any text; in conditions, where AWS wants all six, nothing can be known.
 */
export function compileArn(
  pattern: string,
  variables: boolean,
  short: "any" | "unknown" = "any",
): Matcher | undefined {
  const reading = { wildcards: true, variables };
  const pieces = parsePieces(pattern, reading);
  if (pieces === undefined) return undefined;
  const given = splitPieces(pieces);
  const [first] = pieces;
  const isLone = pieces.length === 1 && first !== undefined;
  if (isLone && (typeof first === "object" || short === "any"))
    return compilePieces(pieces, reading);
  if (given.length < 6 && short === "unknown") return () => undefined;
  const parts = [...given, ...new Array<Pieces>(6 - given.length).fill([anyRun])];
  // Five literal parts hold five colons, so that whole texts match exactly when their parts do.
  if (parts.slice(0, 5).every(isLiteral)) return compilePieces(joinPieces(parts), reading);
  const matchers = parts.map((part) => compilePieces(part, reading));
  return (value, conditions) => everyPart(matchers, splitArn(value), conditions);
}

/** Combines patterns: one must match, or none when negated. What is unknown matches a negation only in a Deny. */
export function compileChoice(
  matchers: readonly Matcher[],
  negated: boolean,
  effect: "Allow" | "Deny",
): (value: string, conditions: Conditions) => boolean {
  return (value, conditions) => {
    let unknown = false;
    for (const matches of matchers) {
      const result = matches(value, conditions);
      if (result === true) return !negated;
      if (result === undefined) unknown = true;
    }
    return negated && (!unknown || effect === "Deny");
  };
}

/** What cannot be known of one part cannot be known of the whole, even where another part differs. */
function everyPart(
  matchers: readonly Matcher[],
  parts: readonly string[] | undefined,
  conditions: Conditions,
): boolean | undefined {
  let every = parts !== undefined;
  for (const [index, matches] of matchers.entries()) {
    const result = matches(parts?.[index] ?? "", conditions);
    if (result === undefined) return undefined;
    every &&= result;
  }
  return every;
}

function compilePieces(pieces: Pieces, reading: Reading): Matcher {
  if (isGlob(pieces)) {
    const matches = compileFast(pieces);
    return (value) => matches(fold(value, reading));
  }
  return (value, conditions) => {
    const text = fold(value, reading);
    const glob = resolve(pieces, conditions, reading, text.length);
    return glob && globMatches(glob, text);
  };
}

/** The common patterns get the comparison that the runtime does fastest. */
function compileFast(glob: Glob): (text: string) => boolean {
  const special = glob.findIndex((unit) => unit < 0);
  const start = glob.slice(0, special < 0 ? glob.length : special);
  const literal = start.map((unit) => String.fromCharCode(unit)).join("");
  if (special < 0) return (text) => text === literal;
  if (special === glob.length - 1 && glob[special] === anyRun)
    return (text) => text.startsWith(literal);
  return compileGlob(glob);
}

function isGlob(pieces: Pieces): pieces is Glob {
  return pieces.every((piece) => typeof piece === "number");
}

function isLiteral(pieces: Pieces): boolean {
  return pieces.every((piece) => typeof piece === "number" && piece >= 0);
}

/** The glob with the variables' values in it; undefined when one has none, false once it is longer than any match may be. */
function resolve(
  pieces: Pieces,
  conditions: Conditions,
  reading: Reading,
  longest: number,
): Glob | false | undefined {
  const glob: number[] = [];
  let literal = 0;
  for (const piece of pieces) {
    if (typeof piece === "number") {
      pushUnit(glob, piece);
      if (piece !== anyRun) literal++;
      continue;
    }
    const given = conditions.get(piece.key) ?? [];
    const value = given.length > 0 ? given[0] : piece.fallback;
    if (value === undefined || given.length > 1) return undefined;
    const text = fold(value, reading);
    literal += text.length;
    if (literal <= longest) pushLiteral(glob, text);
  }
  return literal <= longest && glob;
}

function parsePieces(text: string, reading: Reading): Pieces | undefined {
  const pieces: (number | Variable)[] = [];
  for (let at = 0; at < text.length; at++) {
    if (reading.variables && text.startsWith("${", at)) {
      const end = text.indexOf("}", at);
      const piece = end < 0 ? undefined : parseVariable(text.slice(at + 2, end));
      if (piece === undefined) return undefined;
      pieces.push(piece);
      at = end;
    } else {
      const special = reading.wildcards ? wildcard(text[at]) : undefined;
      pushUnit(pieces, special ?? text.charCodeAt(at));
    }
  }
  return pieces;
}

/** Reads the inside of `${…}`: `*`, `?` or `$` for that character, a condition key, or a key and a quoted default. */
function parseVariable(inside: string): number | Variable | undefined {
  if (inside === "*" || inside === "?" || inside === "$") return inside.charCodeAt(0);
  const comma = inside.indexOf(",");
  const key = (comma < 0 ? inside : inside.slice(0, comma)).trim();
  if (!key.includes(":") || key.includes("$") || key.includes("{")) return undefined;
  if (comma < 0) return { key: foldKey(key), fallback: undefined };
  const quoted = inside.slice(comma + 1).trim();
  if (quoted.length < 2 || !quoted.startsWith("'") || !quoted.endsWith("'")) return undefined;
  return { key: foldKey(key), fallback: quoted.slice(1, -1) };
}

function splitPieces(pieces: Pieces): readonly Pieces[] {
  const parts: (number | Variable)[][] = [[]];
  for (const piece of pieces) {
    if (piece === colon && parts.length < 6) parts.push([]);
    else parts.at(-1)?.push(piece);
  }
  return parts;
}

function joinPieces(parts: readonly Pieces[]): Pieces {
  return parts.flatMap((part, index) => (index === 0 ? part : [colon, ...part]));
}

function splitArn(text: string): readonly string[] | undefined {
  const parts: string[] = [];
  let start = 0;
  while (parts.length < 5) {
    const end = text.indexOf(":", start);
    if (end < 0) return undefined;
    parts.push(text.slice(start, end));
    start = end + 1;
  }
  parts.push(text.slice(start));
  return parts;
}

function pushLiteral(glob: number[], text: string): void {
  for (let at = 0; at < text.length; at++) glob.push(text.charCodeAt(at));
}

function fold(text: string, reading: Reading): string {
  return reading.ignoreCase ? text.toLowerCase() : text;
}
