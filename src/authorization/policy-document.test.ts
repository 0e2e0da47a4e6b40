// biome-ignore-all lint/suspicious/noTemplateCurlyInString: policy variables look like this
import * as assert from "node:assert/strict";
import { test } from "node:test";
import type { PolicyKind } from "./policy-document.ts";
import { parsePolicy, principalsOf, renamePrincipals } from "./policy-document.ts";

const keyStatement = { Effect: "Allow", Principal: "*", Action: "kms:*", Resource: "*" };
const ownStatement = { Effect: "Allow", Action: "kms:*", Resource: "*" };

function parse(kind: PolicyKind, ...statements: readonly object[]) {
  return parsePolicy(JSON.stringify({ Version: "2012-10-17", Statement: statements }), kind);
}

function refusal(kind: PolicyKind, ...statements: readonly object[]): string {
  return textRefusal(JSON.stringify({ Version: "2012-10-17", Statement: statements }), kind);
}

function textRefusal(text: string, kind: PolicyKind): string {
  try {
    parsePolicy(text, kind);
  } catch (error) {
    assert.ok(error instanceof Error);
    assert.equal(error.name, "MalformedPolicyDocumentException");
    return error.message;
  }
  return "accepted";
}

const keyRefusals: readonly (readonly [statement: object, message: string])[] = [
  [{ ...keyStatement, Effekt: "Allow" }, "unknown member `Effekt`"],
  [{ ...keyStatement, Effect: "allow" }, "Effect must be `Allow` or `Deny`"],
  [{ ...keyStatement, Effect: undefined }, "Effect must be `Allow` or `Deny`"],
  [{ ...keyStatement, NotPrincipal: "*" }, "both Principal and NotPrincipal"],
  [{ ...keyStatement, NotAction: "kms:*" }, "both Action and NotAction"],
  [{ ...keyStatement, NotResource: "*" }, "both Resource and NotResource"],
  [{ ...keyStatement, Principal: undefined }, "neither Principal nor NotPrincipal"],
  [{ ...keyStatement, Principal: {} }, "empty Principal"],
  [{ ...keyStatement, Principal: { AWS: [] } }, "empty AWS"],
  [{ ...keyStatement, Principal: { CanonicalUser: "x" } }, "unknown member `CanonicalUser`"],
  [{ ...keyStatement, Principal: ["*"] }, "Principal must be an object"],
  [{ ...keyStatement, Action: "" }, "Action must be text or a list of texts, none empty"],
  [{ ...keyStatement, Action: [] }, "empty Action"],
  [{ ...keyStatement, Action: 1 }, "Action must be text or a list of texts, none empty"],
  [
    { ...keyStatement, Action: ["kms:*", null] },
    "Action must be text or a list of texts, none empty",
  ],
  [{ ...keyStatement, Action: "Decrypt" }, "`Decrypt` is not an action"],
  [{ ...keyStatement, Action: "kms:a:b" }, "`kms:a:b` is not an action"],
  [{ ...keyStatement, Action: "k*:Decrypt" }, "`k*:Decrypt` is not an action"],
  [{ ...keyStatement, Action: "kms:${aws:username}" }, "`kms:${aws:username}` is not an action"],
  [{ ...keyStatement, Resource: "key/1" }, "`key/1` is not an ARN or `*`"],
  [{ ...keyStatement, Resource: "arn:aws:kms:::${x" }, "`arn:aws:kms:::${x` is not an ARN or `*`"],
  [{ ...keyStatement, Sid: 1 }, "Sid must be text of characters up to U+00FF"],
  [{ ...keyStatement, Condition: {} }, "empty Condition"],
  [{ ...keyStatement, Condition: [] }, "Condition must be an object"],
  [{ ...keyStatement, Condition: { Bool: {} } }, "empty `Bool`"],
  [{ ...keyStatement, Condition: { Bool: { "a:b": [] } } }, "no values of `a:b`"],
  [{ ...keyStatement, Condition: { Bool: { "a:b": null } } }, "malformed value of `a:b`"],
  [{ ...keyStatement, Condition: { Bool: { "a:b": [["true"]] } } }, "malformed value of `a:b`"],
  [{ ...keyStatement, Condition: { Bool: { "a:b": {} } } }, "malformed value of `a:b`"],
  [{ ...keyStatement, Condition: { Bool: { ab: "true" } } }, "`ab` is not a condition key"],
  [{ ...keyStatement, Condition: { Bool: { "a:": "true" } } }, "`a:` is not a condition key"],
  [{ ...keyStatement, Condition: { Bool: { "a:b": "ja" } } }, "`ja` is not a value for `Bool`"],
  [
    { ...keyStatement, Condition: { StringEqualz: { "a:b": "c" } } },
    "unknown condition operator `StringEqualz`",
  ],
  [
    {
      ...keyStatement,
      Condition: { "ForAllValues:StringEquals": { "kms:EncryptionContext:x": "y" } },
    },
    "OverlyPermissiveCondition: ForAllValues on the single-valued key `kms:EncryptionContext:x`",
  ],
];

for (const [statement, message] of keyRefusals)
  test(`a key policy is refused: ${message} (${JSON.stringify(statement)})`, () => {
    assert.equal(refusal("key", keyStatement, statement), `statement 2: ${message}`);
  });

const textRefusals: readonly (readonly [text: string, message: string])[] = [
  ["", "the policy: empty, or a character beyond U+00FF"],
  ['{"Id":"\u0100"}', "the policy: empty, or a character beyond U+00FF"],
  ['{"Id":"\u0001"}', "the policy: empty, or a character beyond U+00FF"],
  ['{"Id":"\\u0100","Statement":[]}', "the policy: Id must be text of characters up to U+00FF"],
  ["{", "the policy: not strict JSON: "],
  ['{"Id":"a","Id":"b"}', "the policy: not strict JSON: duplicate name"],
  ["[]", "the policy: document must be an object"],
  ["{}", "the policy: empty document"],
  ['{"Version":"2012-10-17"}', "the policy: no Statement"],
  ['{"Statement":null}', "the policy: no Statement"],
  ['{"Statement":["x"]}', "statement 1: statement must be an object"],
  [
    '{"Version":"2012-10-18","Statement":[]}',
    "the policy: Version must be `2012-10-17` or `2008-10-17`",
  ],
  ['{"Version":null,"Statement":[]}', "the policy: Version must be `2012-10-17` or `2008-10-17`"],
  ['{"__proto__":1}', "the policy: unknown member `__proto__`"],
];

for (const [text, message] of textRefusals)
  test(`the text ${text} is refused: ${message}`, () => {
    const actual = textRefusal(text, "key");
    assert.equal(actual.slice(0, message.length), message);
  });

test("nesting and the number of values are bounded", () => {
  const deep = `{"Statement":${"[".repeat(40)}${"]".repeat(40)}}`;
  assert.match(textRefusal(deep, "key"), /nested too deeply/);
  const wide = `{"Statement":[${"0,".repeat(40_000)}0]}`;
  assert.match(textRefusal(wide, "key"), /too many values/);
});

const invalidPrincipals: readonly object[] = [
  { AWS: "arn:aws:iam::111122223333:group/g" },
  { AWS: "arn:aws:iam::111122223333:user/*" },
  { AWS: "arn:aws:iam::11112222333:root" },
  { AWS: "arn:aws:iam:us-east-1:111122223333:root" },
  { AWS: "arn:aws:iam::111122223333:role/" },
  { AWS: "arn:aws:sts::111122223333:assumed-role/r" },
  { AWS: "arn:aws:kms::111122223333:root" },
  { AWS: "11112222333" },
  { AWS: ["*", "ann"] },
  { Service: "*" },
  { Service: "s3" },
  { Federated: "*" },
  { Federated: "arn:aws:iam::111122223333:user/ann" },
];
for (const Principal of invalidPrincipals)
  test(`the principal ${JSON.stringify(Principal)} is invalid, in AWS's words`, () => {
    assert.equal(
      refusal("key", { ...keyStatement, Principal }),
      "Policy contains a statement with one or more invalid principals.",
    );
  });

test("principals take their normal form: everyone as AWS `*`, accounts as root ARNs", () => {
  const principals = {
    AWS: ["111122223333", "arn:aws:iam::111122223333:user/path/ann", "AROAEXAMPLEEXAMPLE"],
    Service: "s3.amazonaws.com",
    Federated: ["accounts.google.com", "arn:aws:iam::111122223333:saml-provider/idp"],
  };
  const document = parse(
    "key",
    keyStatement,
    { ...keyStatement, Principal: { AWS: "444455556666" } },
    { ...keyStatement, Principal: principals },
  );
  assert.deepEqual(
    document.Statement.map(({ Principal }) => Principal),
    [
      { AWS: "*" },
      { AWS: "arn:aws:iam::444455556666:root" },
      { ...principals, AWS: ["arn:aws:iam::111122223333:root", ...principals.AWS.slice(1)] },
    ],
  );
});

test("principalsOf lists each AWS principal once, those of NotPrincipal too, and not everyone", () => {
  const user = "arn:aws:iam::111122223333:user/ann";
  const session = "arn:aws:sts::111122223333:assumed-role/r/s";
  const federated = "arn:aws:sts::111122223333:federated-user/f";
  const document = parse(
    "key",
    { ...keyStatement, Principal: { AWS: ["*", user, session], Service: "s3.amazonaws.com" } },
    { ...keyStatement, Principal: undefined, NotPrincipal: { AWS: [user, federated] } },
  );
  assert.deepEqual(principalsOf(document), [user, session, federated]);
});

test("renamePrincipals changes AWS principals, those of NotPrincipal too, and nothing else", () => {
  const user = "arn:aws:iam::111122223333:user/ann";
  const others = { Service: "s3.amazonaws.com", Federated: "accounts.google.com" };
  const naming = (...names: readonly [string, string]) =>
    parse(
      "key",
      { ...keyStatement, Principal: { AWS: names, ...others } },
      { ...keyStatement, Principal: undefined, NotPrincipal: { AWS: names[0] } },
      { ...keyStatement, Principal: others },
    );
  const rename = (name: string) => (name === user ? "AIDAEXAMPLEEXAMPLE" : name);
  assert.deepEqual(
    renamePrincipals(naming(user, "AROAEXAMPLEEXAMPLE"), rename),
    naming("AIDAEXAMPLEEXAMPLE", "AROAEXAMPLEEXAMPLE"),
  );
});

test("texts stay texts, lists stay lists, numbers and booleans in conditions become text", () => {
  const document = parse("key", {
    ...keyStatement,
    Action: ["kms:Encrypt"],
    Condition: { Bool: { "a:b": true }, NumericLessThan: { "c:d": [7, "8"] } },
  });
  assert.deepEqual(document.Statement[0]?.Action, ["kms:Encrypt"]);
  assert.deepEqual(document.Statement[0]?.Condition, {
    Bool: { "a:b": "true" },
    NumericLessThan: { "c:d": ["7", "8"] },
  });
});

test("one statement may stand without a list, and Version may be missing", () => {
  const document = parsePolicy(JSON.stringify({ Statement: keyStatement }), "key");
  assert.equal(document.Statement.length, 1);
  assert.equal("Version" in document, false);
});

const accepted: readonly (readonly [name: string, kind: PolicyKind, statement: object])[] = [
  ["a key policy's Sid may have spaces", "key", { ...keyStatement, Sid: "Allow use, of it" }],
  ["a key policy may leave out Action", "key", { ...keyStatement, Action: undefined }],
  ["a key policy may leave out Resource", "key", { ...keyStatement, Resource: undefined }],
  ["an identity policy's Sid may be empty", "identity", { ...ownStatement, Sid: "" }],
  [
    "a condition value may be empty",
    "key",
    { ...keyStatement, Condition: { StringEquals: { "a:b": "" } } },
  ],
  [
    "ForAllValues may stand on a multi-valued kms: key",
    "key",
    {
      ...keyStatement,
      Condition: { "ForAllValues:StringEquals": { "kms:EncryptionContextKeys": "x" } },
    },
  ],
  [
    "ForAllValues may stand on any key in a Deny",
    "key",
    {
      ...keyStatement,
      Effect: "Deny",
      Condition: { "ForAllValues:StringEquals": { "kms:ViaService": "x" } },
    },
  ],
  [
    "ForAllValues may stand on any key in an identity policy",
    "identity",
    { ...ownStatement, Condition: { "ForAllValues:StringEquals": { "kms:ViaService": "x" } } },
  ],
  ["a trust policy has no Resource", "trust", { ...keyStatement, Resource: undefined }],
  [
    "an Allow may have NotPrincipal",
    "key",
    { ...keyStatement, Principal: undefined, NotPrincipal: "*" },
  ],
];
for (const [name, kind, statement] of accepted)
  test(name, () => {
    assert.equal(refusal(kind, statement), "accepted");
  });

const otherRefusals: readonly (readonly [PolicyKind, object, string])[] = [
  ["identity", keyStatement, "Principal does not belong in this kind of policy"],
  ["session", keyStatement, "Principal does not belong in this kind of policy"],
  [
    "identity",
    { ...ownStatement, NotPrincipal: "*" },
    "NotPrincipal does not belong in this kind of policy",
  ],
  ["identity", { ...ownStatement, Action: undefined }, "neither Action nor NotAction"],
  ["identity", { ...ownStatement, Resource: undefined }, "neither Resource nor NotResource"],
  ["session", { ...ownStatement, Resource: undefined }, "neither Resource nor NotResource"],
  [
    "identity",
    { ...ownStatement, Sid: "with space" },
    "Sid `with space` must be letters and digits",
  ],
  ["resource", { ...keyStatement, Action: undefined }, "neither Action nor NotAction"],
  ["resource", { ...keyStatement, Resource: undefined }, "neither Resource nor NotResource"],
  [
    "trust",
    { ...keyStatement, Resource: undefined, Principal: undefined, NotPrincipal: "*" },
    "NotPrincipal does not belong in this kind of policy",
  ],
  ["trust", keyStatement, "Resource does not belong in this kind of policy"],
];
for (const [kind, statement, message] of otherRefusals)
  test(`the kind ${kind} is refused: ${message} (${JSON.stringify(statement)})`, () => {
    assert.equal(refusal(kind, statement), `statement 1: ${message}`);
  });

test("an identity policy's Sids are unique", () => {
  const named = { ...ownStatement, Sid: "A" };
  assert.equal(refusal("identity", named, named), "statement 2: repeated Sid `A`");
  assert.equal(
    refusal("key", { ...keyStatement, Sid: "A" }, { ...keyStatement, Sid: "A" }),
    "accepted",
  );
});

test("a long value of a user's is cut in the refusal", () => {
  const message = refusal("key", { ...keyStatement, Action: "x".repeat(5000) });
  assert.ok(message.length < 200);
});
