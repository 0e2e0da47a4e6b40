// biome-ignore-all lint/suspicious/noTemplateCurlyInString: policy variables look like this
import * as assert from "node:assert/strict";
import { test } from "node:test";
import { globMatches, parseGlob } from "./glob.ts";
import { compileAction, compileArn, compileChoice, compileText } from "./match.ts";

const none = new Map<string, readonly string[]>();
const conditions = new Map([
  ["aws:username", ["ann"]],
  ["aws:principaltag/team", ["a*b"]],
  ["aws:tagkeys", ["one", "two"]],
  ["aws:principaltag/path", ["us-east-1:111122223333"]],
]);

const globs: readonly (readonly [pattern: string, text: string, matches: boolean])[] = [
  ["", "", true],
  ["", "a", false],
  ["*", "", true],
  ["*", "anything", true],
  ["**", "x", true],
  ["?", "", false],
  ["?", "a", true],
  ["?", "ab", false],
  ["a*", "abc", true],
  ["a*", "bac", false],
  ["*c", "abc", true],
  ["*c", "abcd", false],
  ["a*c", "ac", true],
  ["a*b*c", "aXbYc", true],
  ["a*b*c", "aXcYb", false],
  ["a?c", "abc", true],
  ["a?c", "ac", false],
  ["*ab", "aab", true],
  ["*a?b", "aaxb", true],
  ["abc", "ABC", false],
  ["a.c", "abc", false],
];

for (const [pattern, text, matches] of globs)
  test(`glob "${pattern}" ${matches ? "matches" : "does not match"} "${text}"`, () => {
    assert.equal(globMatches(parseGlob(pattern), text), matches);
    const compiled = compileText(pattern, { wildcards: true, variables: true });
    assert.equal(compiled?.(text, none), matches);
  });

const actions: readonly (readonly [pattern: string, action: string, matches: boolean])[] = [
  ["*", "kms:Decrypt", true],
  ["kms:*", "kms:Decrypt", true],
  ["kms:*", "s3:GetObject", false],
  ["KMS:decrypt", "kms:Decrypt", true],
  ["kms:GenerateDataKey*", "kms:GenerateDataKeyPair", true],
  ["kms:ReEncrypt?o", "kms:ReEncryptTo", true],
  ["kms:Decrypt", "kms:DecryptX", false],
];

for (const [pattern, action, matches] of actions)
  test(`action ${pattern} ${matches ? "covers" : "does not cover"} ${action}`, () => {
    assert.equal(compileAction(pattern)(action.toLowerCase()), matches);
  });

const key = "arn:aws:kms:us-east-1:111122223333:key/abc";
const arns: readonly (readonly [pattern: string, arn: string, matches: boolean | undefined])[] = [
  ["*", key, true],
  ["*", "*", true],
  [key, key, true],
  [key, `${key}d`, false],
  ["arn:aws:kms:us-east-1:111122223333:key/*", key, true],
  ["arn:aws:kms:us-east-1:111122223333:*", key, true],
  ["arn:aws:kms:*:111122223333:key/*", key, true],
  ["arn:aws:kms:us-*-1:*:key/a?c", key, true],
  ["arn:aws:kms:*:key/abc", key, false],
  ["arn:aws:logs:*:1:group:*:stream", "arn:aws:logs:r:1:group:a:b:stream", true],
  ["arn:aws:kms:*:444455556666:key/*", key, false],
  ["arn:aws:*:abc", "arn:aws:kms:r:1:abc", false],
  ["arn:aws:kms", key, true],
  ["arn:aws:kms:us-east-1:111122223333", key, true],
  ["arn:aws:s3", key, false],
  ["arn:aws:kms:us-east-1:111122223333:key/*", "*", false],
  ["arn:aws:kms:*:*:*", "*", false],
  ["arn:aws:s3:::bucket/*", "arn:aws:s3:::bucket/a:b/c", true],
  ["arn:aws:kms:us-east-1:111122223333:KEY/abc", key, false],
  ["arn:aws:iam::111122223333:user/${aws:username}", "arn:aws:iam::111122223333:user/ann", true],
  ["arn:aws:iam::111122223333:user/${aws:username}*", "arn:aws:iam::111122223333:user/anne", true],
  ["arn:aws:iam::111122223333:user/${aws:userid}", "arn:aws:iam::111122223333:user/ann", undefined],
  ["arn:aws:kms:${aws:PrincipalTag/path}:key/abc:*", key, false],
];

for (const [pattern, arn, matches] of arns)
  test(`ARN ${pattern} against ${arn} gives ${matches}`, () => {
    assert.equal(compileArn(pattern, true)?.(arn, conditions), matches);
  });

const variables: readonly (readonly [
  pattern: string,
  text: string,
  matches: boolean | undefined,
])[] = [
  ["${aws:username}", "ann", true],
  ["${AWS:UserName}", "ann", true],
  ["home/${aws:username}/*", "home/ann/x", true],
  ["${aws:PrincipalTag/team}", "a*b", true],
  ["${aws:PrincipalTag/team}", "aXb", false],
  ["${aws:PrincipalTag/none}", "", undefined],
  ["${aws:PrincipalTag/none, 'x*'}", "x*", true],
  ["${aws:PrincipalTag/none, 'x*'}", "xy", false],
  ["${aws:username, 'other'}", "other", false],
  ["${aws:TagKeys}", "one", undefined],
  ["${aws:TagKeys, 'one'}", "one", undefined],
  ["a${*}b", "a*b", true],
  ["a${*}b", "aXb", false],
  ["a${?}b", "aXb", false],
  ["a${?}b", "a?b", true],
  ["${$}{aws:username}", "${aws:username}", true],
  ["5$", "5$", true],
];

for (const [pattern, text, matches] of variables)
  test(`variables: "${pattern}" against "${text}" gives ${matches}`, () => {
    const compiled = compileText(pattern, { wildcards: true, variables: true });
    assert.equal(compiled?.(text, conditions), matches);
  });

test("variables are plain text where the version has none", () => {
  const compiled = compileText("${aws:username}", { wildcards: false, variables: false });
  assert.equal(compiled?.("${aws:username}", conditions), true);
  assert.equal(compiled?.("ann", conditions), false);
});

test("wildcards are plain text where they have no meaning", () => {
  const compiled = compileText("a*", { wildcards: false, variables: true });
  assert.equal(compiled?.("a*", none), true);
  assert.equal(compiled?.("ab", none), false);
});

test("ignoring case folds the pattern, the value and what a variable stands for", () => {
  const reading = { wildcards: false, variables: true, ignoreCase: true };
  assert.equal(compileText("ABC", reading)?.("abC", none), true);
  const upper = new Map([["aws:username", ["ANN"]]]);
  assert.equal(compileText("x${aws:username}", reading)?.("XAnn", upper), true);
});

for (const malformed of [
  "${aws:username",
  "${}",
  "${username}",
  "${aws:a${aws:b}}",
  "${aws:a, b}",
  "${aws:a, 'b}",
])
  test(`the variable ${malformed} is malformed`, () => {
    assert.equal(compileText(malformed, { wildcards: true, variables: true }), undefined);
    assert.equal(compileArn(`arn:aws:s3:::${malformed}`, true), undefined);
  });

test("what is unknown matches a negation only in a Deny", () => {
  const unknown = () => undefined;
  assert.equal(compileChoice([unknown], true, "Allow")("x", none), false);
  assert.equal(compileChoice([unknown], true, "Deny")("x", none), true);
  assert.equal(compileChoice([unknown], false, "Deny")("x", none), false);
  assert.equal(compileChoice([unknown, () => true], false, "Allow")("x", none), true);
});

test("a variable without a value makes the whole ARN pattern unknown, wherever else it differs", () => {
  for (const pattern of [
    "arn:aws:s3:::${aws:absent}",
    "arn:*:s3:::${aws:absent}",
    "${aws:absent}:a",
  ])
    for (const value of ["arn:aws:kms:::key/1", "*"])
      assert.equal(compileArn(pattern, true)?.(value, none), undefined, `${pattern} ${value}`);
});
