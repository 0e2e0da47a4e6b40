import type { Choose } from "./mutate.ts";
import { mutated } from "./mutate.ts";

/** Bodies that a client with bad intentions might send instead of a good one. */

const deep = (open: string, close: string, depth: number): string =>
  open.repeat(depth) + close.repeat(depth);

/** JSON texts for the place of a text. */
const texts: readonly string[] = [
  '""',
  '"\\u0000"',
  '"__proto__"',
  '"constructor"',
  '"*"',
  '"arn:aws:kms"',
  '"arn:aws:kms:us-east-1:111122223333:key/"',
  '"arn:aws:iam::111122223333:user/*"',
  '"alias/"',
  '"alias/aws/s3"',
  '"../../etc/passwd"',
  '"00000000-0000-4000-8000-000000000000"',
  '"mrk-00000000000040008000000000000000"',
  '"{}"',
  '"{\\"Version\\":\\"2012-10-17\\",\\"Statement\\":[{}]}"',
  `"${"A".repeat(10_000)}"`,
  `"${"\\u2028".repeat(500)}"`,
  '"AA=="',
  '"AA="',
  '"!!!!"',
  '"ENCRYPT_DECRYPT"',
  '"SYMMETRIC_DEFAULT"',
  '"DIGEST"',
];

/** JSON texts for the place of a number. */
const numbers: readonly string[] = [
  "0",
  "-0",
  "-1",
  "1",
  "1e3",
  "1e308",
  "4294967296",
  "9007199254740993",
  "0.1",
  "1E-400",
];

/** JSON texts for the place of anything. */
const others: readonly string[] = [
  "null",
  "true",
  "false",
  "[]",
  "[null]",
  "[[]]",
  '["x"]',
  `[${Array(200).fill('"x"').join(",")}]`,
  "{}",
  '{"a":"b"}',
  '{"__proto__":{"admin":true}}',
  '{"toString":"x","hasOwnProperty":"y"}',
  deep("[", "]", 31),
];

/** Texts that are no JSON that the service reads. */
const broken: readonly string[] = [
  "NaN",
  "undefined",
  "",
  "1e999",
  "'x'",
  '"\\ud800"',
  '{"a":1,"a":2}',
  deep("[", "]", 5_000),
  deep('{"a":', "}", 40),
];

/** The good body with some of its values and names exchanged, or with its text damaged. */
export function hostileJson(body: object, choose: Choose): Buffer {
  if (choose(10) === 0) return Buffer.from(mutated([Buffer.from(JSON.stringify(body))], choose));
  return Buffer.from(rewrite(body, choose, 1 + choose(2)));
}

/** Writes a value in which about so many places are exchanged. */
function rewrite(value: unknown, choose: Choose, places: number): string {
  if (choose(count(value)) < places) return exchanged(value, choose);
  if (Array.isArray(value))
    return `[${value.map((each) => rewrite(each, choose, places)).join(",")}]`;
  if (typeof value !== "object" || value === null) return JSON.stringify(value);
  const members = Object.entries(value).flatMap(([name, member]) => {
    const fate = choose(60);
    if (fate === 0) return [];
    const renamed = fate === 1 ? "__proto__" : name;
    const written = `${JSON.stringify(renamed)}:${rewrite(member, choose, places)}`;
    return fate === 2 ? [written, written] : [written];
  });
  return `{${members.join(",")}}`;
}

/** Mostly a text for a text and a number for a number: anything else is refused before it is looked at. */
function exchanged(value: unknown, choose: Choose): string {
  const fitting = typeof value === "number" ? numbers : typeof value === "string" ? texts : others;
  const fate = choose(12);
  const pool = fate === 0 ? broken : fate === 1 ? others : fate === 2 ? numbers : fitting;
  return pool[choose(pool.length)] ?? "null";
}

/** How many values there are in a value. */
function count(value: unknown): number {
  if (typeof value !== "object" || value === null) return 4;
  return Object.values(value).reduce<number>((sum, each) => sum + count(each), 4);
}
