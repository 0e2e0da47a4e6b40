/**
 * Conditions as the documentation tells them, one switch, no compilation: a second opinion about src/authorization, with
 * which it shares nothing.
 */

/** Condition values of a request, by key in lower case. */
export type Values = Readonly<Record<string, readonly string[]>>;

/** A character to be met, or a wildcard. */
type Token = { readonly literal: string } | "*" | "?";

/** How a value compares with one of the policy's; `unknown`: it cannot be told. */
type Answer = "yes" | "no" | "unknown";

export interface Circumstances {
  readonly effect: string;
  readonly variables: boolean;
  readonly values: Values;
}

/** Whether one line of a Condition block holds. */
export function lineHolds(
  operator: string,
  key: string,
  wanted: readonly string[],
  circumstances: Circumstances,
): boolean {
  const { effect, values } = circumstances;
  const given = values[key.toLowerCase()] ?? [];
  if (operator === "Null") return isNull(given, wanted);
  const forAll = operator.startsWith("ForAllValues:");
  const forAny = operator.startsWith("ForAnyValue:");
  const optional = operator.endsWith("IfExists");
  const plain = operator.replace(/^For(All|Any)Values?:/, "").replace(/IfExists$/, "");
  const negated = plain.includes("Not");
  if (given.length === 0) return optional || forAll || (negated && !forAny);
  const passed = given.filter((value) => valuePasses(plain, negated, value, wanted, circumstances));
  if (forAny) return passed.length > 0;
  if (forAll || effect === "Allow") return passed.length === given.length;
  return passed.length > 0;
}

function isNull(given: readonly string[], wanted: readonly string[]): boolean {
  const answer = given.length === 0 ? "true" : "false";
  return wanted.some((value) => value.toLowerCase() === answer);
}

function valuePasses(
  operator: string,
  negated: boolean,
  value: string,
  wanted: readonly string[],
  circumstances: Circumstances,
): boolean {
  const answers = wanted.map((each) =>
    compare(operator.replace("Not", ""), value, each, circumstances),
  );
  if (!negated) return answers.includes("yes");
  if (answers.includes("yes")) return false;
  return !answers.includes("unknown") || circumstances.effect === "Deny";
}

function compare(
  operator: string,
  value: string,
  wanted: string,
  circumstances: Circumstances,
): Answer {
  switch (operator) {
    case "StringEquals":
      return compareText(value, wanted, circumstances, { wildcards: false });
    case "StringEqualsIgnoreCase":
      return compareText(value, wanted, circumstances, { wildcards: false, ignoreCase: true });
    case "StringLike":
      return compareText(value, wanted, circumstances, { wildcards: true });
    case "ArnEquals":
    case "ArnLike":
      return compareWholeArn(value, wanted, circumstances);
    case "Bool":
      return sameOrUnknown(boolOf(value), boolOf(wanted));
    case "BinaryEquals":
      return sameOrUnknown(bytesOf(value), bytesOf(wanted));
    case "IpAddress":
      return inRange(value, wanted);
    default:
      return compareOrdered(operator, value, wanted);
  }
}

function compareOrdered(operator: string, value: string, wanted: string): Answer {
  const read = operator.startsWith("Date") ? dateOf : numberOf;
  const [a, b] = [read(value), read(wanted)];
  if (a === undefined || b === undefined) return "unknown";
  const how = operator.replace(/^(Date|Numeric)/, "");
  if (how === "Equals") return yes(a === b);
  if (how === "LessThan") return yes(a < b);
  if (how === "LessThanEquals") return yes(a <= b);
  if (how === "GreaterThan") return yes(a > b);
  if (how === "GreaterThanEquals") return yes(a >= b);
  throw new Error(`unknown operator ${operator}`);
}

const yes = (condition: boolean): Answer => (condition ? "yes" : "no");

function sameOrUnknown(value: unknown, wanted: unknown): Answer {
  return value === undefined ? "unknown" : yes(value === wanted);
}

function boolOf(text: string): string | undefined {
  return /^(true|false)$/i.test(text) ? text.toLowerCase() : undefined;
}

function bytesOf(text: string): string | undefined {
  const padded = /^(?:[A-Za-z0-9+/]{4})*(?:[A-Za-z0-9+/]{2}==|[A-Za-z0-9+/]{3}=)?$/.test(text);
  if (!padded) return undefined;
  const bytes = Buffer.from(text, "base64");
  return bytes.toString("base64") === text ? bytes.toString("hex") : undefined;
}

function numberOf(text: string): number | undefined {
  return /^[+-]?(\d+\.?\d*|\.\d+)(e[+-]?\d+)?$/i.test(text) ? Number.parseFloat(text) : undefined;
}

function dateOf(text: string): number | undefined {
  const seconds = numberOf(text);
  if (seconds !== undefined) return seconds * 1000;
  const [, day = "", time = "00:00:00", sign = "+", zone = "00:00"] =
    /^(\d{4}-\d\d-\d\d)(?:T(\d\d:\d\d(?::\d\d)?)(?:Z|([+-])(\d\d:\d\d)))?$/.exec(text) ?? [];
  const [year = 0, month = 0, date = 0] = day.split("-").map(Number);
  const midnight = new Date(Date.UTC(year, month - 1, date));
  if (day === "" || midnight.getUTCDate() !== date) return undefined;
  const [hour = 0, minute = 0, second = 0] = time.split(":").map(Number);
  const [zoneHour = 0, zoneMinute = 0] = zone.split(":").map(Number);
  const ahead = (sign === "-" ? -1 : 1) * (zoneHour * 3600 + zoneMinute * 60);
  return midnight.getTime() + (hour * 3600 + minute * 60 + second - ahead) * 1000;
}

/** An address as a text of 128 zeros and ones; IPv4 as the IPv6 addresses that stand for it. */
function bitsOf(address: string): string | undefined {
  const dotted = /^(.*?)(\d+\.\d+\.\d+\.\d+)$/.exec(address);
  if (dotted === null) return bitsOfGroups(address);
  const [, before = "", bytes = ""] = dotted;
  if (bytes.split(".").some((byte) => Number(byte) > 255 || /^0\d/.test(byte))) return undefined;
  const [a = 0, b = 0, c = 0, d = 0] = bytes.split(".").map(Number);
  const groups = `${(a * 256 + b).toString(16)}:${(c * 256 + d).toString(16)}`;
  return bitsOfGroups(`${before === "" ? "::ffff:" : before}${groups}`);
}

function bitsOfGroups(address: string): string | undefined {
  if (!/^[0-9a-f:]+$/i.test(address) || !address.includes(":")) return undefined;
  const [head = "", tail = "", ...more] = address.split("::");
  if (more.length > 0) return undefined;
  const [before, after] = [head, tail].map((half) => (half === "" ? [] : half.split(":")));
  const known = (before?.length ?? 0) + (after?.length ?? 0);
  const fits = address.includes("::") ? known < 8 : known === 8;
  const groups = [
    ...(before ?? []),
    ...new Array<string>(8 - Math.min(known, 8)).fill("0"),
    ...(after ?? []),
  ];
  if (!fits || groups.some((group) => group === "" || group.length > 4)) return undefined;
  return groups.map((group) => Number.parseInt(group, 16).toString(2).padStart(16, "0")).join("");
}

function inRange(value: string, wanted: string): Answer {
  const [base = "", bits] = wanted.split("/");
  const [address, range] = [bitsOf(value), bitsOf(base)];
  if (address === undefined || range === undefined) return "unknown";
  const isV4 = (text: string) => text.startsWith(`${"0".repeat(80)}${"1".repeat(16)}`);
  const width = base.includes(":") ? 128 : 32;
  const length = 128 - width + Number(bits ?? width);
  if (isV4(address) && length < 96) return "no";
  return yes(address.slice(0, length) === range.slice(0, length));
}

/** The tokens of a pattern; undefined when a variable has no value. */
export function tokensOf(
  pattern: string,
  { variables, values }: Pick<Circumstances, "variables" | "values">,
  wildcards: boolean,
): readonly Token[] | undefined {
  const tokens: Token[] = [];
  for (let rest = pattern; rest !== ""; ) {
    const variable = variables ? /^\$\{([^}]*)\}/.exec(rest) : null;
    if (variable === null) {
      const [first = ""] = rest;
      tokens.push(wildcards && (first === "*" || first === "?") ? first : { literal: first });
      rest = rest.slice(1);
      continue;
    }
    const text = variableValue(variable[1] ?? "", values);
    if (text === undefined) return undefined;
    for (const unit of text.split("")) tokens.push({ literal: unit });
    rest = rest.slice(variable[0].length);
  }
  return tokens;
}

function variableValue(inside: string, values: Values): string | undefined {
  if (["*", "?", "$"].includes(inside)) return inside;
  const [, key = "", fallback] = /^\s*([^,]*?)\s*(?:,\s*'(.*)'\s*)?$/.exec(inside) ?? [];
  const given = values[key.toLowerCase()] ?? [];
  if (given.length > 1) return undefined;
  return given[0] ?? fallback;
}

/** The obvious matcher, exponential in the number of stars. */
export function globMatches(tokens: readonly Token[], text: string): boolean {
  const [first, ...rest] = tokens;
  if (first === undefined) return text === "";
  if (first === "*")
    return globMatches(rest, text) || (text !== "" && globMatches(tokens, text.slice(1)));
  if (text === "") return false;
  return (first === "?" || first.literal === text[0]) && globMatches(rest, text.slice(1));
}

function compareText(
  value: string,
  wanted: string,
  circumstances: Circumstances,
  { wildcards, ignoreCase = false }: { wildcards: boolean; ignoreCase?: boolean },
): Answer {
  const tokens = tokensOf(wanted, circumstances, wildcards);
  if (tokens === undefined) return "unknown";
  if (!ignoreCase) return yes(globMatches(tokens, value));
  const text = tokens.map((token) => (typeof token === "string" ? token : token.literal)).join("");
  return yes(text.toLowerCase() === value.toLowerCase());
}

/** In conditions both sides must be whole ARNs, for which a variable alone may stand. */
function compareWholeArn(value: string, pattern: string, circumstances: Circumstances): Answer {
  const masked = pattern.replace(/\$\{[^}]*\}/g, circumstances.variables ? "x" : "$&");
  const alone = masked === "x" && pattern !== "x";
  if (!alone && masked.split(":").length < 6) return "unknown";
  const answer = compareArn(value, pattern, circumstances);
  const isArn = /^arn:[^:]+:[^:]+:[^:]*:[^:]*:/.test(value);
  return answer === "no" && !isArn ? "unknown" : answer;
}

/** Part by part, at the first five colons; parts that the pattern lacks match anything. */
export function compareArn(
  value: string,
  pattern: string,
  circumstances: Pick<Circumstances, "variables" | "values">,
): Answer {
  const all = tokensOf(pattern, circumstances, true);
  if (all === undefined) return "unknown";
  const whole = /^(\*+|\?|\$\{[^}]*\})$/.test(pattern);
  if (whole) return yes(globMatches(all, value));
  const given = partsOf(value, value);
  if (given.length < 6) return "no";
  // A colon inside of a variable's braces is its own.
  const masked = circumstances.variables
    ? pattern.replace(/\$\{[^}]*\}/g, (variable) => "x".repeat(variable.length))
    : pattern;
  const parts = partsOf(pattern, masked);
  for (const [index, part] of given.entries()) {
    const wanted = parts[index];
    if (wanted === undefined) continue;
    if (!globMatches(tokensOf(wanted, circumstances, true) ?? [], part)) return "no";
  }
  return "yes";
}

function partsOf(text: string, masked: string): string[] {
  const parts: string[] = [];
  let start = 0;
  for (let at = 0; at < masked.length && parts.length < 5; at++) {
    if (masked[at] !== ":") continue;
    parts.push(text.slice(start, at));
    start = at + 1;
  }
  parts.push(text.slice(start));
  return parts;
}
