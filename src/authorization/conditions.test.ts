// biome-ignore-all lint/suspicious/noTemplateCurlyInString: policy variables look like this
import * as assert from "node:assert/strict";
import { test } from "node:test";
import { compileCondition, operatorNames } from "./conditions.ts";

type Effect = "Allow" | "Deny";

function holds(
  operator: string,
  values: readonly string[],
  given: readonly string[] | undefined,
  effect: Effect = "Allow",
): boolean {
  const condition = compileCondition(
    { operator, key: "test:Key", values },
    { where: "statement 1", effect, variables: true },
  );
  return condition(new Map(given === undefined ? [] : [["test:key", given]]));
}

const noon = "2026-05-01T12:00:00Z";
const noonSeconds = String(Date.parse(noon) / 1000);

/** For each operator: a policy value, request values that pass, request values that do not. */
const rows: Readonly<Record<string, readonly [string, readonly string[], readonly string[]]>> = {
  StringEquals: ["a*", ["a*"], ["A*", "ab", ""]],
  StringNotEquals: ["a*", ["A*", "ab", ""], ["a*"]],
  StringEqualsIgnoreCase: ["aB", ["ab", "AB"], ["abc"]],
  StringNotEqualsIgnoreCase: ["aB", ["abc"], ["ab", "AB"]],
  StringLike: ["a?c*", ["abc", "abcd"], ["ac", "ABC"]],
  StringNotLike: ["a?c*", ["ac", "ABC"], ["abc", "abcd"]],
  NumericEquals: ["10", ["10", "1e1", "10.0"], ["11"]],
  NumericNotEquals: ["10", ["11"], ["10", "10.0"]],
  NumericLessThan: ["10", ["9.9", "-1"], ["10", "11"]],
  NumericLessThanEquals: ["10", ["9", "10"], ["10.1"]],
  NumericGreaterThan: ["10", ["10.1"], ["10", "9"]],
  NumericGreaterThanEquals: ["10", ["10", "11"], ["9"]],
  DateEquals: [noon, [noon, "2026-05-01T14:00:00+02:00", noonSeconds], ["2026-05-01T12:00:01Z"]],
  DateNotEquals: [noon, ["2026-05-01"], [noon, noonSeconds]],
  DateLessThan: [noon, ["2026-05-01", "2026-05-01T11:59:59.999Z"], [noon]],
  DateLessThanEquals: [noonSeconds, [noon], ["2026-05-01T12:00:01Z"]],
  DateGreaterThan: ["2026-05-01", [noon], ["2026-05-01T00:00Z"]],
  DateGreaterThanEquals: [noon, [noon, "2026-05-02"], ["2026-05-01"]],
  Bool: ["true", ["true", "True"], ["false"]],
  BinaryEquals: ["AAEC", ["AAEC"], ["AAED"]],
  IpAddress: [
    "203.0.113.0/24",
    ["203.0.113.9", "::ffff:203.0.113.9"],
    ["203.0.114.1", "2001:db8::1"],
  ],
  NotIpAddress: ["203.0.113.0/24", ["203.0.114.1"], ["203.0.113.9"]],
  ArnEquals: ["arn:aws:s3:*:*:b*", ["arn:aws:s3:r:1:bucket"], ["arn:aws:s3:r:x:y:bucket", "b"]],
  ArnLike: ["arn:aws:s3:*:*:b*", ["arn:aws:s3:r:1:bucket"], ["arn:aws:s3:r:x:y:bucket"]],
  ArnNotEquals: ["arn:aws:s3:*:*:b*", ["arn:aws:s3:r:1:c"], ["arn:aws:s3:r:1:bucket"]],
  ArnNotLike: ["arn:aws:s3:*:*:b*", ["arn:aws:s3:r:1:c"], ["arn:aws:s3:r:1:bucket"]],
};

const negated = (name: string) => name.includes("Not");

test("every operator has a row here, but Null", () => {
  assert.deepEqual(
    Object.keys(rows),
    operatorNames.filter((name) => name !== "Null"),
  );
});

for (const [name, [value, passing, failing]] of Object.entries(rows)) {
  test(`${name} passes and fails`, () => {
    for (const each of passing) assert.equal(holds(name, [value], [each]), true, each);
    for (const each of failing) assert.equal(holds(name, [value], [each]), false, each);
  });

  test(`${name} of a missing key is ${negated(name)}`, () => {
    for (const effect of ["Allow", "Deny"] as const) {
      assert.equal(holds(name, [value], undefined, effect), negated(name));
      assert.equal(holds(name, [value], [], effect), negated(name));
    }
  });

  test(`${name}IfExists passes without the key and decides with it`, () => {
    assert.equal(holds(`${name}IfExists`, [value], undefined), true);
    assert.equal(holds(`${name}IfExists`, [value], [passing[0] ?? ""]), true);
    assert.equal(holds(`${name}IfExists`, [value], [failing[0] ?? ""]), false);
  });

  test(`ForAllValues:${name} needs each value to pass, and passes without any`, () => {
    const [good = "", bad = ""] = [passing[0], failing[0]];
    assert.equal(holds(`ForAllValues:${name}`, [value], [good, good]), true);
    assert.equal(holds(`ForAllValues:${name}`, [value], [good, bad], "Deny"), false);
    assert.equal(holds(`ForAllValues:${name}`, [value], undefined), true);
    assert.equal(holds(`ForAllValues:${name}`, [value], []), true);
    assert.equal(holds(`ForAllValues:${name}IfExists`, [value], undefined), true);
  });

  test(`ForAnyValue:${name} needs one value to pass, and fails without any`, () => {
    const [good = "", bad = ""] = [passing[0], failing[0]];
    assert.equal(holds(`ForAnyValue:${name}`, [value], [bad, good]), true);
    assert.equal(holds(`ForAnyValue:${name}`, [value], [bad, bad]), false);
    assert.equal(holds(`ForAnyValue:${name}`, [value], undefined), false);
    assert.equal(holds(`ForAnyValue:${name}IfExists`, [value], undefined), true);
  });
}

test("several policy values are alternatives, and for negated operators none may match", () => {
  assert.equal(holds("StringEquals", ["a", "b"], ["b"]), true);
  assert.equal(holds("StringNotEquals", ["a", "b"], ["b"]), false);
  assert.equal(holds("StringNotEquals", ["a", "b"], ["c"]), true);
  assert.equal(holds("IpAddress", ["10.0.0.0/8", "2001:db8::/32"], ["2001:db8::5"]), true);
});

test("several request values without a quantifier: an Allow needs all, a Deny one", () => {
  assert.equal(holds("StringEquals", ["a"], ["a", "b"], "Allow"), false);
  assert.equal(holds("StringEquals", ["a"], ["a", "b"], "Deny"), true);
  assert.equal(holds("StringNotEquals", ["a"], ["a", "b"], "Allow"), false);
  assert.equal(holds("StringNotEquals", ["a"], ["a", "b"], "Deny"), true);
});

test("Null asks whether the key is absent", () => {
  assert.equal(holds("Null", ["true"], undefined), true);
  assert.equal(holds("Null", ["true"], []), true);
  assert.equal(holds("Null", ["true"], ["x"]), false);
  assert.equal(holds("Null", ["false"], undefined), false);
  assert.equal(holds("Null", ["false"], ["x"]), true);
});

test("a request value of the wrong type passes nothing in an Allow and every negation in a Deny", () => {
  assert.equal(holds("NumericNotEquals", ["1"], ["one"], "Allow"), false);
  assert.equal(holds("NumericNotEquals", ["1"], ["one"], "Deny"), true);
  assert.equal(holds("NotIpAddress", ["10.0.0.0/8"], ["unknown"], "Allow"), false);
  assert.equal(holds("NumericLessThan", ["1"], ["one"], "Allow"), false);
});

test("condition keys are found in any letter case", () => {
  const condition = compileCondition(
    { operator: "StringEquals", key: "KMS:EncryptionContext:Tenant", values: ["a"] },
    { where: "statement 1", effect: "Allow", variables: false },
  );
  assert.equal(condition(new Map([["kms:encryptioncontext:tenant", ["a"]]])), true);
});

test("a variable in a value is compared as text", () => {
  const condition = compileCondition(
    { operator: "StringLike", key: "a:b", values: ["${aws:PrincipalTag/t}"] },
    { where: "statement 1", effect: "Allow", variables: true },
  );
  const given = (tag: string, value: string) =>
    condition(
      new Map([
        ["aws:principaltag/t", [tag]],
        ["a:b", [value]],
      ]),
    );
  assert.equal(given("*", "anything"), false);
  assert.equal(given("*", "*"), true);
});

test("a lone variable may stand for a whole ARN", () => {
  const condition = compileCondition(
    { operator: "ArnEquals", key: "aws:SourceArn", values: ["${aws:PrincipalArn}"] },
    { where: "statement 1", effect: "Allow", variables: true },
  );
  const user = "arn:aws:iam::111122223333:user/ann";
  assert.equal(
    condition(
      new Map([
        ["aws:sourcearn", [user]],
        ["aws:principalarn", [user]],
      ]),
    ),
    true,
  );
});

test("an ARN in a condition needs all six parts, and what is no ARN is unknown", () => {
  const user = "arn:aws:iam::111122223333:user/ann";
  for (const short of ["*", "arn:aws:iam", "arn:*"]) {
    assert.equal(holds("ArnLike", [short], [user]), false, short);
    assert.equal(holds("ArnNotLike", [short], [user]), false, short);
    assert.equal(holds("ArnNotLike", [short], [user], "Deny"), true, short);
  }
  assert.equal(holds("ArnLike", ["arn:*:*:*:*:*"], [user]), true);
  assert.equal(holds("ArnNotLike", ["arn:aws:iam::*:user/eve"], [user]), true);
  assert.equal(holds("ArnNotLike", ["arn:aws:iam::*:user/eve"], ["s3.amazonaws.com"]), false);
  assert.equal(holds("ArnNotLike", ["arn:aws:iam::*:user/eve"], ["eve"], "Deny"), true);
});

const unknownOperators = [
  "StringEqualz",
  "stringequals",
  "NullIfExists",
  "ForAnyValue:Null",
  "ForSomeValues:StringEquals",
  "ForAllValues:",
  "IfExists",
  "constructor",
  "",
];
for (const operator of unknownOperators)
  test(`the operator "${operator}" is unknown`, () => {
    assert.throws(() => holds(operator, ["true"], ["true"]), {
      name: "MalformedPolicyDocumentException",
      message: `statement 1: unknown condition operator \`${operator}\``,
    });
  });

const badValues: readonly (readonly [operator: string, value: string])[] = [
  ["NumericEquals", ""],
  ["NumericEquals", "0x10"],
  ["NumericEquals", "1e999"],
  ["NumericEquals", " 1"],
  ["DateEquals", "May 1 2026"],
  ["DateEquals", "2026-02-30"],
  ["DateEquals", "2026-02-30T00:00:00Z"],
  ["DateEquals", "2026-05-01T12:00:00"],
  ["DateEquals", "2026-05-01T12:00:00.Z"],
  ["DateEquals", "2026-05-01T12:00:00+99:99"],
  ["Bool", "yes"],
  ["Null", "yes"],
  ["BinaryEquals", "AAE"],
  ["IpAddress", "203.0.113.0/33"],
  ["IpAddress", "203.0.113"],
  ["IpAddress", "203.0.113.256"],
  ["IpAddress", "203.0.113.01"],
  ["IpAddress", "2001:db8::/129"],
  ["IpAddress", "1:2:3:4::5:6:7:8::9"],
  ["IpAddress", "1:2:3:4:5:6:7"],
  ["IpAddress", "1:2:3:4:5:6:7::8"],
  ["IpAddress", "12345::"],
  ["IpAddress", "::g"],
  ["IpAddress", "10.0.0.0/"],
  ["ArnLike", "bucket"],
  ["StringLike", "${aws:username"],
];
for (const [operator, value] of badValues)
  test(`${operator} refuses the value "${value}"`, () => {
    assert.throws(() => holds(operator, [value], [value]), {
      message: `statement 1: \`${value}\` is not a value for \`${operator}\``,
    });
  });

const addresses: readonly (readonly [range: string, address: string, inside: boolean])[] = [
  ["0.0.0.0/0", "255.255.255.255", true],
  ["0.0.0.0/0", "::1", false],
  ["::/0", "2001:db8::1", true],
  ["::/0", "10.0.0.1", false],
  ["10.1.2.3", "10.1.2.3", true],
  ["10.1.2.3", "10.1.2.4", false],
  ["10.1.2.3/8", "10.255.0.0", true],
  ["2001:DB8::/32", "2001:db8:ffff::", true],
  ["2001:db8::/33", "2001:db8:8000::", false],
  ["::ffff:10.0.0.0/104", "10.9.9.9", true],
  ["::1", "::1", true],
  ["1:2:3:4:5:6:7:8", "1:2:3:4:5:6:0.7.0.8", true],
];
for (const [range, address, inside] of addresses)
  test(`${address} is ${inside ? "inside" : "outside"} ${range}`, () => {
    assert.equal(holds("IpAddress", [range], [address]), inside);
  });
