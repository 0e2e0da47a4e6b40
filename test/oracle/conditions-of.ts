// biome-ignore-all lint/suspicious/noTemplateCurlyInString: policy variables look like this
import type { Texts } from "./naive.ts";
import type { Dice } from "./random.ts";

/** Generated conditions and the values that they meet: few enough that they often match. */

const own = "111122223333";
const texts = ["a", "b", "A", "ab", "", "a*", "é"];
const arns = [
  `arn:aws:iam::${own}:user/ann`,
  `arn:aws:s3:::bucket/a:b`,
  `arn:aws:sns:us-east-1:${own}:topic`,
  "not an arn",
];

/** What requests may say of each key. */
const givenValues: Readonly<Record<string, readonly string[]>> = {
  "aws:PrincipalTag/team": texts,
  "aws:TagKeys": texts,
  "aws:username": ["ann", "a", "*"],
  "kms:EncryptionContext:App": ["a", "b", "App"],
  "aws:SourceArn": arns,
  "aws:SourceIp": ["10.0.0.1", "10.0.1.1", "::1", "2001:db8::1", "::ffff:10.0.0.1", "unknown"],
  "aws:CurrentTime": ["2026-01-31T08:00:00Z", "2026-02-01", "1767225600", "2026-02-30"],
  "aws:MultiFactorAuthAge": ["0", "300", "-1.5", "3e2", "many"],
  "aws:SecureTransport": ["true", "false", "TRUE", "yes"],
  "aws:PrincipalIsAWSService": ["true", "false"],
  "test:Blob": ["YQ==", "YWI=", "YQ", "!"],
};
const keys = Object.keys(givenValues);

interface Kind {
  readonly operators: readonly string[];
  readonly values: readonly string[];
  readonly keys: readonly string[];
}

const textKeys = [
  "aws:PrincipalTag/team",
  "aws:TagKeys",
  "kms:EncryptionContext:App",
  "aws:username",
];
const kinds: readonly Kind[] = [
  {
    operators: [
      "StringEquals",
      "StringNotEquals",
      "StringEqualsIgnoreCase",
      "StringNotEqualsIgnoreCase",
      "StringLike",
      "StringNotLike",
    ],
    values: [
      ...texts,
      ...["*", "?", "a?", "*b*", "${aws:username}", "${*}", "${$}"],
      ...["${aws:PrincipalTag/team}", "${aws:PrincipalTag/team, 'a'}", "${AWS:tagKeys,'b'}*"],
    ],
    keys: textKeys,
  },
  {
    operators: ["ArnEquals", "ArnLike", "ArnNotEquals", "ArnNotLike"],
    values: [
      ...arns.slice(0, 3),
      ...["*", "arn:aws:*", "arn:aws:s3:::bucket/*", "arn:aws:*:*:*:*", "arn:aws:i?m::*:user/*"],
      ...["${aws:SourceArn}", "arn:aws:iam::*:user/${aws:username}", "arn:${aws:username}:iam"],
    ],
    keys: ["aws:SourceArn"],
  },
  {
    operators: ["IpAddress", "NotIpAddress"],
    values: ["10.0.0.0/24", "10.0.0.1", "0.0.0.0/0", "::/0", "2001:db8::/32", "::ffff:0:0/96"],
    keys: ["aws:SourceIp"],
  },
  {
    operators: [
      ...["Equals", "NotEquals", "LessThan", "LessThanEquals"],
      ...["GreaterThan", "GreaterThanEquals"],
    ].map((how) => `Date${how}`),
    values: ["2026-01-31T08:00:00Z", "2026-01-31T09:00:00+01:00", "2026-02-01", "1767225600"],
    keys: ["aws:CurrentTime"],
  },
  {
    operators: [
      ...["Equals", "NotEquals", "LessThan", "LessThanEquals"],
      ...["GreaterThan", "GreaterThanEquals"],
    ].map((how) => `Numeric${how}`),
    values: ["0", "300", "-1.5", "1e2"],
    keys: ["aws:MultiFactorAuthAge"],
  },
  {
    operators: ["Bool"],
    values: ["true", "false", "False"],
    keys: ["aws:SecureTransport", "aws:PrincipalIsAWSService"],
  },
  { operators: ["BinaryEquals"], values: ["YQ==", "YWI="], keys: ["test:Blob"] },
];

/** The values of a request's condition keys, by key in lower case: most keys are there, with one value. */
export function valuesOf(dice: Dice): Readonly<Record<string, readonly string[]>> {
  const values: Record<string, readonly string[]> = {};
  for (const [key, possible] of Object.entries(givenValues)) {
    if (dice.chance(25)) continue;
    const several = key === "aws:TagKeys" ? 60 : key === "aws:SourceArn" ? 12 : 4;
    const count = dice.chance(several) ? dice.below(4) : 1;
    if (count > 0) values[key.toLowerCase()] = dice.times(count, () => dice.pick(possible));
  }
  return values;
}

/** A Condition element; `quantified` says which keys a ForAllValues may speak of. */
export function conditionOf(
  dice: Dice,
  quantified: (key: string) => boolean,
): Readonly<Record<string, Readonly<Record<string, Texts>>>> {
  const block: Record<string, Record<string, Texts>> = {};
  for (let count = dice.chance(75) ? 1 : 2; count > 0; count--) {
    const { operators, values, keys: usual } = dice.pick(kinds);
    const key = dice.chance(92) ? dice.pick(usual) : dice.pick(keys);
    const operator = quantifiedOperator(dice, dice.pick(operators), key, quantified);
    const name = dice.chance(20) ? key.toUpperCase() : key;
    const nullCheck = dice.chance(8);
    block[nullCheck ? "Null" : operator] = {
      [name]: nullCheck ? dice.pick(["true", "false", "TRUE"]) : dice.some(values),
    };
  }
  return block;
}

function quantifiedOperator(
  dice: Dice,
  operator: string,
  key: string,
  quantified: (key: string) => boolean,
): string {
  const suffix = dice.chance(20) ? "IfExists" : "";
  const often = key === "aws:TagKeys" ? 70 : 10;
  const prefix = dice.chance(often) ? dice.pick(["ForAllValues:", "ForAnyValue:"]) : "";
  const forbidden = prefix === "ForAllValues:" && !quantified(key);
  return `${forbidden ? "" : prefix}${operator}${suffix}`;
}
