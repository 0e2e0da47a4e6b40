/** The Condition element of a statement: the strict reader. */
import type { JsonValue } from "../base/json.ts";
import { isJsonList } from "../base/json.ts";
import { foldKey, isPolicyText } from "./characters.ts";
import type { ConditionContext } from "./conditions.ts";
import { compileCondition } from "./conditions.ts";
import type { Strings } from "./policy-members.ts";
import { listOf, malformed, quote, readMembers } from "./policy-members.ts";

/** Operator, key, values. */
export type ConditionBlock = Readonly<Record<string, Readonly<Record<string, Strings>>>>;

/** The kms: keys with several values, for which ForAllValues is meant. */
const multiValuedKeys = ["kms:encryptioncontextkeys", "kms:grantoperations", "kms:resourcealiases"];

/** Reads and checks a Condition element; numbers and booleans become text. */
export function readCondition(raw: JsonValue, context: ConditionContext): ConditionBlock {
  const block: Record<string, Record<string, Strings>> = {};
  for (const [operator, keys] of Object.entries(readMembers(raw, context.where, "Condition"))) {
    // Compiling refuses unknown operators, so that neither name below can be one of Object.prototype's.
    const read: Record<string, Strings> = {};
    for (const [key, given] of Object.entries(readMembers(keys, context.where, quote(operator))))
      read[readKey(key, context)] = readValues(operator, key, given, context);
    block[operator] = read;
  }
  return block;
}

/** Refuses ForAllValues on a kms: key with one value: it also holds when the key is missing, so it allows too much. */
export function refuseOverlyPermissive(block: ConditionBlock, where: string): void {
  for (const [operator, keys] of Object.entries(block)) {
    if (!operator.startsWith("ForAllValues:")) continue;
    const key = Object.keys(keys).find(isSingleValued);
    if (key !== undefined)
      throw malformed(
        where,
        `OverlyPermissiveCondition: ForAllValues on the single-valued key ${quote(key)}`,
      );
  }
}

function isSingleValued(key: string): boolean {
  const folded = foldKey(key);
  return folded.startsWith("kms:") && !multiValuedKeys.includes(folded);
}

function readKey(key: string, context: ConditionContext): string {
  const colon = key.indexOf(":");
  if (colon < 1 || colon === key.length - 1 || !isPolicyText(key))
    throw malformed(context.where, `${quote(key)} is not a condition key`);
  return key;
}

function readValues(
  operator: string,
  key: string,
  given: JsonValue,
  context: ConditionContext,
): Strings {
  const readOne = (raw: JsonValue) => readValue(raw, key, context);
  const values = isJsonList(given) ? given.map(readOne) : readOne(given);
  if (values.length === 0 && isJsonList(given))
    throw malformed(context.where, `no values of ${quote(key)}`);
  compileCondition({ operator, key, values: listOf(values) }, context);
  return values;
}

function readValue(raw: JsonValue, key: string, context: ConditionContext): string {
  const text = raw === null || typeof raw === "object" ? undefined : String(raw);
  if (text === undefined || !isPolicyText(text))
    throw malformed(context.where, `malformed value of ${quote(key)}`);
  return text;
}
