// biome-ignore-all lint/suspicious/noTemplateCurlyInString: policy variables look like this
import * as assert from "node:assert/strict";
import { test } from "node:test";
import fc from "fast-check";
import type { Layer } from "../../src/authorization/compile.ts";
import { compilePolicy } from "../../src/authorization/compile.ts";
import { decide } from "../../src/authorization/decide.ts";
import type { PolicyKind, Statement } from "../../src/authorization/policy-document.ts";
import { parsePolicy } from "../../src/authorization/policy-document.ts";
import { formatPolicy } from "../../src/authorization/policy-format.ts";
import type { AuthorizationRequest, Principal } from "../../src/authorization/request.ts";

const account = "111122223333";
const other = "444455556666";
const root = `arn:aws:iam::${account}:root`;
const ann = `arn:aws:iam::${account}:user/ann`;
const role = `arn:aws:iam::${account}:role/app`;
const session = `arn:aws:sts::${account}:assumed-role/app/s`;
const eve = `arn:aws:iam::${other}:user/eve`;
const key = `arn:aws:kms:us-east-1:${account}:key/1`;

const principals: readonly Principal[] = [
  { type: "Root", arn: root, account, userId: account },
  { type: "User", arn: ann, account, userId: "AIDAEXAMPLEEXAMPLE" },
  { type: "AssumedRole", arn: session, account, userId: "AROAEXAMPLEEXAMPLE:s", roleArn: role },
  { type: "User", arn: eve, account: other, userId: "AIDAEXAMPLEEXAMPLF" },
  { type: "Root", arn: `arn:aws:iam::${other}:root`, account: other, userId: other },
  { type: "Service", arn: "s3.amazonaws.com", account, userId: "s3" },
];

const value = fc.constantFrom("a", "b", "A", "*", "${aws:username}", "a?");
const condition = fc.dictionary(
  fc.constantFrom(
    "StringEquals",
    "StringNotEquals",
    "StringLike",
    "StringEqualsIfExists",
    "ForAnyValue:StringLike",
    "ForAllValues:StringNotLike",
  ),
  fc.dictionary(
    fc.constantFrom("aws:PrincipalTag/t", "kms:GrantOperations", "aws:TagKeys"),
    fc.oneof(value, fc.array(value, { minLength: 1, maxLength: 3 })),
    { minKeys: 1, maxKeys: 2 },
  ),
  { minKeys: 1, maxKeys: 2 },
);
const conditional = fc.option(
  condition.map((Condition) => ({ Condition })),
  { nil: {}, freq: 1 },
);
const effect = fc.constantFrom(
  "Allow" as const,
  "Allow" as const,
  "Allow" as const,
  "Allow" as const,
  "Deny" as const,
);
const action = fc.constantFrom("*", "kms:*", "KMS:decrypt", "kms:Decrypt", "kms:Enc*", "s3:*");
const actions = fc.oneof(action, fc.array(action, { minLength: 1, maxLength: 3 }));
const resource = fc.constantFrom(
  "*",
  key,
  "arn:aws:kms:*:*:key/*",
  `${key}2`,
  "arn:aws:kms:us-east-1:*:key/${aws:userid}",
);
const terms = fc.oneof(
  { weight: 3, arbitrary: fc.record({ Action: actions, Resource: resource }) },
  { weight: 1, arbitrary: fc.record({ NotAction: actions, Resource: resource }) },
  { weight: 1, arbitrary: fc.record({ Action: actions, NotResource: resource }) },
);
const name = fc.constantFrom("*", root, account, ann, role, session, eve, other);
const who = fc.oneof(
  fc.constant("*"),
  fc.record({ AWS: fc.oneof(name, fc.array(name, { minLength: 1, maxLength: 3 })) }),
  fc.constant({ Service: "s3.amazonaws.com" }),
);
const named = fc.oneof(
  { weight: 4, arbitrary: who.map((Principal) => ({ Principal })) },
  { weight: 1, arbitrary: who.map((NotPrincipal) => ({ NotPrincipal })) },
);
const identityStatement = fc
  .tuple(effect, terms, conditional)
  .map(([Effect, rest, conditions]) => ({ Effect, ...rest, ...conditions }));
const keyStatement = fc
  .tuple(identityStatement, named)
  .map(([statement, principal]) => ({ ...statement, ...principal }));

const layerNames = ["resource", "identity", "boundary", "session", "serviceControl"] as const;
type LayerName = (typeof layerNames)[number];
type Draft = { readonly Effect: Statement["Effect"] } & Readonly<Record<string, unknown>>;
type Drafts = Readonly<Record<LayerName, readonly Draft[] | undefined>>;

const few = { minLength: 1, maxLength: 4 };
const own = fc.array(identityStatement, few);
const rarely = fc.option(own, { nil: undefined, freq: 1 });
const drafts = fc.record({
  resource: fc.array(keyStatement, few),
  identity: own,
  boundary: rarely,
  session: rarely,
  serviceControl: rarely,
});

const request: fc.Arbitrary<AuthorizationRequest> = fc.record({
  principal: fc.constantFrom(...principals),
  action: fc.constantFrom("kms:Decrypt", "kms:Encrypt", "kms:RetireGrant"),
  resource: fc.constantFrom(key, `${key}2`),
  resourceAccount: fc.constant(account),
  grantOperation: fc.constantFrom("Decrypt", "Encrypt"),
  conditions: fc
    .dictionary(
      fc.constantFrom("aws:principaltag/t", "kms:grantoperations", "aws:tagkeys", "aws:username"),
      fc.array(fc.constantFrom("a", "b", "A"), { maxLength: 2 }),
    )
    .map((given) => new Map(Object.entries(given))),
});

const trust = fc.constantFrom("key-policy" as const, "either" as const);

function compile(kind: Layer, statements: readonly Draft[]) {
  const document: PolicyKind = kind === "resource" ? "resource" : "identity";
  const text = JSON.stringify({ Version: "2012-10-17", Statement: statements });
  return compilePolicy(parsePolicy(text, document), { kind, name: kind });
}

const nothing: Draft = { Effect: "Allow", Action: "none:None", Resource: "*" };

function isAllowed(layers: Drafts, given: AuthorizationRequest, mode: "key-policy" | "either") {
  const layer = (kind: LayerName) => {
    const statements = layers[kind];
    if (statements === undefined) return undefined;
    const principal = kind === "resource" ? { Principal: "*" } : {};
    return compile(kind, statements.length > 0 ? statements : [{ ...nothing, ...principal }]);
  };
  const [policy, mine, boundary, narrow, guard] = layerNames.map(layer);
  return decide(given, {
    identity: mine === undefined ? [] : [mine],
    ...(policy === undefined ? {} : { resource: { policy, trust: mode } }),
    ...(boundary === undefined ? {} : { boundary }),
    ...(narrow === undefined ? {} : { session: [narrow] }),
    ...(guard === undefined ? {} : { serviceControl: [[guard]] }),
    grants: [{ grantId: "g", granteePrincipal: role, operations: ["Decrypt"] }],
  }).allowed;
}

const runs = { numRuns: 2000 };

test("some generated requests are allowed and some denied", () => {
  const samples = fc.sample(fc.tuple(drafts, request, trust), 500);
  const allowed = samples.filter((sample) => isAllowed(...sample)).length;
  assert.ok(allowed > 25 && allowed < 475, `${allowed} of 500 allowed`);
});

test("adding a deny never allows", () => {
  const extra = fc.tuple(fc.constantFrom(...layerNames), keyStatement);
  fc.assert(
    fc.property(drafts, request, trust, extra, (layers, given, mode, [layer, statement]) => {
      const { Principal, NotPrincipal, ...rest } = {
        Principal: undefined,
        NotPrincipal: undefined,
        ...statement,
      };
      const added = layer === "resource" ? statement : rest;
      const present = layers[layer] ?? [];
      fc.pre(layers[layer] !== undefined);
      const more = { ...layers, [layer]: [...present, { ...added, Effect: "Deny" as const }] };
      assert.ok(isAllowed(layers, given, mode) || !isAllowed(more, given, mode));
    }),
    runs,
  );
});

test("removing an allow never allows", () => {
  fc.assert(
    fc.property(
      drafts,
      request,
      trust,
      fc.constantFrom(...layerNames),
      fc.nat(3),
      (layers, given, mode, layer, index) => {
        const present = layers[layer] ?? [];
        fc.pre(present[index]?.Effect === "Allow");
        const fewer = { ...layers, [layer]: present.toSpliced(index, 1) };
        assert.ok(isAllowed(layers, given, mode) || !isAllowed(fewer, given, mode));
      },
    ),
    runs,
  );
});

test("the order of statements does not matter", () => {
  const reversed = (layers: Drafts): Drafts => ({
    resource: layers.resource?.toReversed(),
    identity: layers.identity?.toReversed(),
    boundary: layers.boundary?.toReversed(),
    session: layers.session?.toReversed(),
    serviceControl: layers.serviceControl?.toReversed(),
  });
  fc.assert(
    fc.property(drafts, request, trust, (layers, given, mode) => {
      assert.equal(isAllowed(layers, given, mode), isAllowed(reversed(layers), given, mode));
    }),
    runs,
  );
});

test("an accepted policy, written and read again, is the same text", () => {
  fc.assert(
    fc.property(fc.array(keyStatement, { minLength: 1, maxLength: 4 }), (statements) => {
      const once = formatPolicy(
        parsePolicy(JSON.stringify({ Id: 'é"\\\n', Statement: statements }), "resource"),
      );
      assert.equal(formatPolicy(parsePolicy(once, "resource")), once);
    }),
  );
});
