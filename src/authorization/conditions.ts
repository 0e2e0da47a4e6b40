/** Condition operators: one row each. */
import { parseArn } from "../base/arn.ts";
import { decodeBase64 } from "../base/bytes.ts";
import { foldKey } from "./characters.ts";
import { parseBool, parseDate, parseNumber } from "./condition-values.ts";
import { contains, parseAddress, parseRange } from "./ip-address.ts";
import type { Matcher } from "./match.ts";
import { compileArn, compileChoice, compileText } from "./match.ts";
import { malformed, quote } from "./policy-members.ts";
import type { Conditions } from "./request.ts";

/** Compiles one value of a policy; undefined when the value is not of the operator's type. */
type Operand = (value: string, variables: boolean) => Matcher | undefined;

interface Operator {
  readonly operand: Operand;
  readonly negated: boolean;
  /** Looks at whether the key is absent, instead of at its values. */
  readonly absence?: true;
}

/** One entry of a Condition element. */
export interface ConditionEntry {
  readonly operator: string;
  readonly key: string;
  readonly values: readonly string[];
}

/** What the statement around a condition decides about it; `where` begins the text of a refusal. */
export interface ConditionContext {
  readonly where: string;
  readonly effect: "Allow" | "Deny";
  /** Whether policy variables mean something: Version 2012-10-17. */
  readonly variables: boolean;
}

const text =
  (wildcards: boolean, ignoreCase = false): Operand =>
  (value, variables) =>
    compileText(value, { wildcards, variables, ignoreCase });

/** A request value that is no ARN is unknown where it does not match. */
const arn: Operand = (value, variables) => {
  if (value !== "*" && !value.startsWith("arn:") && !value.startsWith("${")) return undefined;
  const matches = compileArn(value, variables, "unknown");
  if (matches === undefined) return undefined;
  return (candidate, conditions) => {
    const result = matches(candidate, conditions);
    return result === false && parseArn(candidate) === undefined ? undefined : result;
  };
};

/** Compares values that a reader gives; a request value that cannot be read is unknown. */
function typed<Wanted, Given>(
  readWanted: (text: string) => Wanted | undefined,
  readGiven: (text: string) => Given | undefined,
  holds: (given: Given, wanted: Wanted) => boolean,
): Operand {
  return (value) => {
    const wanted = readWanted(value);
    if (wanted === undefined) return undefined;
    return (candidate) => {
      const given = readGiven(candidate);
      return given === undefined ? undefined : holds(given, wanted);
    };
  };
}

const numeric = (holds: (given: number, wanted: number) => boolean) =>
  typed(parseNumber, parseNumber, holds);
const date = (holds: (given: number, wanted: number) => boolean) =>
  typed(parseDate, parseDate, holds);
const bool = typed(parseBool, parseBool, (given, wanted) => given === wanted);
const binary = typed(decodeBase64, decodeBase64, (given, wanted) => given.equals(wanted));
const address = typed(parseRange, parseAddress, (given, wanted) => contains(wanted, given));

const equal = (given: number, wanted: number) => given === wanted;
const less = (given: number, wanted: number) => given < wanted;
const atMost = (given: number, wanted: number) => given <= wanted;
const greater = (given: number, wanted: number) => given > wanted;
const atLeast = (given: number, wanted: number) => given >= wanted;

const is = (operand: Operand): Operator => ({ operand, negated: false });
const isNot = (operand: Operand): Operator => ({ operand, negated: true });

const operators: ReadonlyMap<string, Operator> = new Map([
  ["StringEquals", is(text(false))],
  ["StringNotEquals", isNot(text(false))],
  ["StringEqualsIgnoreCase", is(text(false, true))],
  ["StringNotEqualsIgnoreCase", isNot(text(false, true))],
  ["StringLike", is(text(true))],
  ["StringNotLike", isNot(text(true))],
  ["NumericEquals", is(numeric(equal))],
  ["NumericNotEquals", isNot(numeric(equal))],
  ["NumericLessThan", is(numeric(less))],
  ["NumericLessThanEquals", is(numeric(atMost))],
  ["NumericGreaterThan", is(numeric(greater))],
  ["NumericGreaterThanEquals", is(numeric(atLeast))],
  ["DateEquals", is(date(equal))],
  ["DateNotEquals", isNot(date(equal))],
  ["DateLessThan", is(date(less))],
  ["DateLessThanEquals", is(date(atMost))],
  ["DateGreaterThan", is(date(greater))],
  ["DateGreaterThanEquals", is(date(atLeast))],
  ["Bool", is(bool)],
  ["BinaryEquals", is(binary)],
  ["IpAddress", is(address)],
  ["NotIpAddress", isNot(address)],
  ["ArnEquals", is(arn)],
  ["ArnLike", is(arn)],
  ["ArnNotEquals", isNot(arn)],
  ["ArnNotLike", isNot(arn)],
  ["Null", { ...is(bool), absence: true }],
]);

/** The names of the plain operators, which the tests go through. */
export const operatorNames: readonly string[] = [...operators.keys()];

type Quantifier = "ForAllValues" | "ForAnyValue";

interface OperatorUse extends Operator {
  readonly quantifier: Quantifier | undefined;
  readonly ifExists: boolean;
}

/**
 * Compiles one condition. Throws MalformedPolicyDocumentException for an unknown operator or a value that is not of
 * its type. Several request values without a quantifier: an Allow needs all of them to pass, a Deny only one.
 */
export function compileCondition(
  entry: ConditionEntry,
  context: ConditionContext,
): (conditions: Conditions) => boolean {
  const use = readOperator(entry.operator);
  if (use === undefined)
    throw malformed(context.where, `unknown condition operator ${quote(entry.operator)}`);
  const matchers = entry.values.map((value) => {
    const matcher = use.operand(value, context.variables);
    if (matcher === undefined)
      throw malformed(context.where, `${quote(value)} is not a value for ${quote(entry.operator)}`);
    return matcher;
  });
  const passes = compileChoice(matchers, use.negated, context.effect);
  const key = foldKey(entry.key);
  if (use.absence)
    return (conditions) => passes(String(valuesOf(conditions, key).length === 0), conditions);
  const whenMissing = missingResult(use);
  const every =
    use.quantifier === "ForAllValues" ||
    (use.quantifier === undefined && context.effect === "Allow");
  return (conditions) => {
    const given = valuesOf(conditions, key);
    if (given.length === 0) return whenMissing;
    if (every) return given.every((value) => passes(value, conditions));
    return given.some((value) => passes(value, conditions));
  };
}

const noValues: readonly string[] = [];

function valuesOf(conditions: Conditions, key: string): readonly string[] {
  return conditions.get(key) ?? noValues;
}

function missingResult(use: OperatorUse): boolean {
  if (use.ifExists || use.quantifier === "ForAllValues") return true;
  return use.negated && use.quantifier === undefined;
}

function readOperator(name: string): OperatorUse | undefined {
  const colon = name.indexOf(":");
  const quantifier = colon < 0 ? undefined : readQuantifier(name.slice(0, colon));
  if (colon >= 0 && quantifier === undefined) return undefined;
  const rest = name.slice(colon + 1);
  const ifExists = rest.endsWith("IfExists");
  const operator = operators.get(ifExists ? rest.slice(0, -"IfExists".length) : rest);
  if (operator === undefined) return undefined;
  if (operator.absence && (ifExists || quantifier !== undefined)) return undefined;
  return { ...operator, quantifier, ifExists };
}

function readQuantifier(text: string): Quantifier | undefined {
  return text === "ForAllValues" || text === "ForAnyValue" ? text : undefined;
}
