import * as assert from "node:assert/strict";
import { test } from "node:test";
import type { CompiledPolicy } from "./compile.ts";
import { compilePolicy } from "./compile.ts";
import type { Policies } from "./decide.ts";
import { decide } from "./decide.ts";
import { defaultKeyPolicy } from "./default-policies.ts";
import { describe } from "./explain.ts";
import { parsePolicy } from "./policy-document.ts";
import type { AuthorizationRequest, Principal } from "./request.ts";
import type { Layer } from "./statement.ts";

const account = "111122223333";
const other = "444455556666";
const key = `arn:aws:kms:us-east-1:${account}:key/1`;
const roleArn = `arn:aws:iam::${account}:role/app`;

function user(owner: string, name: string): Principal {
  const arn = `arn:aws:iam::${owner}:user/${name}`;
  return { type: "User", arn, account: owner, userId: `AIDAEXAMPLE${name.toUpperCase()}` };
}

function rootOf(owner: string): Principal {
  return { type: "Root", arn: `arn:aws:iam::${owner}:root`, account: owner, userId: owner };
}

const callers = {
  ann: user(account, "ann"),
  eve: user(other, "eve"),
  root: rootOf(account),
  strangeRoot: rootOf(other),
  session: {
    type: "AssumedRole",
    arn: `arn:aws:sts::${account}:assumed-role/app/s`,
    account,
    userId: "AROAEXAMPLEEXAMPLE:s",
    roleArn,
  },
  s3: { type: "Service", arn: "s3.amazonaws.com", account, userId: "s3" },
} as const satisfies Readonly<Record<string, Principal>>;
const { ann, eve, root, session } = callers;

type Terms = Readonly<Record<string, unknown>>;

function policy(kind: Layer, name: string, statements: readonly Terms[]): CompiledPolicy {
  const text = JSON.stringify({ Version: "2012-10-17", Statement: statements });
  const document = kind === "resource" ? "key" : kind === "trust" ? "trust" : "identity";
  return compilePolicy(parsePolicy(text, document), { kind, name });
}

function ask(
  principal: Principal,
  policies: Partial<Policies>,
  overrides: Partial<AuthorizationRequest> = {},
): string {
  const request: AuthorizationRequest = {
    principal,
    action: "kms:Decrypt",
    resource: key,
    resourceAccount: account,
    conditions: new Map(),
    grantOperation: "Decrypt",
    ...overrides,
  };
  return describe(decide(request, { identity: [], ...policies }));
}

const names: Readonly<Record<string, unknown>> = {
  all: "*",
  s3: { Service: "s3.amazonaws.com" },
  role: { AWS: roleArn },
  other: { AWS: other },
  ...Object.fromEntries(
    [ann, eve, root, session].map(({ arn }, at) => [
      ["ann", "eve", "root", "session"][at],
      { AWS: arn },
    ]),
  ),
};
const actions: Readonly<Record<string, string>> = { s3: "s3:*", encrypt: "kms:Encrypt" };

/** Reads `+who:what` or `-who:what`; without who there is no Principal, without what it is `kms:*`. */
function statement(text: string): Terms {
  const [who = "", what = ""] = text.slice(1).split(":");
  const Effect = text.startsWith("+") ? "Allow" : "Deny";
  const Principal = names[who];
  return { Effect, Action: actions[what] ?? "kms:*", Resource: "*", ...(who && { Principal }) };
}

/** Reads `key +root; mine +`: layers, each with its statements. Each `guard` is one level of service control policies. */
function policies(text: string): Partial<Policies> {
  let result: Partial<Policies> = {};
  for (const [layer, ...rest] of text.split(";").map((each) => each.trim().split(" "))) {
    const compiled = (kind: Layer, name: string) => policy(kind, name, rest.map(statement));
    const add: Readonly<Record<string, () => Partial<Policies>>> = {
      "": () => ({}),
      key: () => ({ resource: { policy: compiled("resource", "default"), trust: "key-policy" } }),
      bucket: () => ({ resource: { policy: compiled("resource", "bucket"), trust: "either" } }),
      mine: () => ({ identity: [compiled("identity", "mine")] }),
      limit: () => ({ boundary: compiled("boundary", "limit") }),
      narrow: () => ({ session: [...(result.session ?? []), compiled("session", "narrow")] }),
      guard: () => ({ serviceControl: [...(result.serviceControl ?? []), guard(rest)] }),
      grant: () => ({ grants: [grantTo(rest[0] ?? "")] }),
    };
    result = { ...result, ...(add[layer ?? ""] ?? assert.fail)() };
  }
  return result;
}

function guard(statements: readonly string[]): readonly CompiledPolicy[] {
  return statements.map((each) => policy("serviceControl", "guard", [statement(each)]));
}

function grantTo(who: string) {
  const grantees: Readonly<Record<string, string>> = {
    role: roleArn,
    other: callers.strangeRoot.arn,
  };
  const grantee = grantees[who] ?? callers[who as keyof typeof callers].arn;
  return { grantId: "g1", granteePrincipal: grantee, operations: ["Decrypt"] };
}

const outcomes: Readonly<Record<string, string>> = {
  key: "allowed by statement 1 of the key policy",
  mine: "allowed by statement 1 of the identity policy `mine`",
  "key and mine":
    "allowed by statement 1 of the key policy and statement 1 of the identity policy `mine`",
  "key and root": `allowed by statement 1 of the key policy and being the root user of account \`${other}\``,
  root: `allowed by being the root user of account \`${account}\``,
  bucket: "allowed by statement 1 of the resource policy `bucket`",
  grant: "allowed by grant `g1`",
  "grant and mine": "allowed by grant `g1` and statement 1 of the identity policy `mine`",
  "no key": "denied: the key policy does not allow it",
  "no resource": "denied: no resource policy allows it",
  "no bucket": "denied: the resource policy `bucket` does not allow it",
  "no mine": "denied: no identity policy allows it",
  "no limit": "denied: the permissions boundary `limit` does not allow it",
  "no narrow": "denied: no session policy allows it",
  "no guard": "denied: no service control policy allows it",
  "deny key 1": "denied by statement 1 of the key policy",
  "deny key 2": "denied by statement 2 of the key policy",
  "deny mine": "denied by statement 1 of the identity policy `mine`",
  "deny limit": "denied by statement 1 of the permissions boundary `limit`",
  "deny narrow": "denied by statement 1 of the session policy `narrow`",
  "deny guard": "denied by statement 1 of the service control policy `guard`",
};

const table = `
naming the user is enough                              | ann         | key +ann                           | key
naming the role is enough for its session              | session     | key +role                          | key
naming the session is enough                           | session     | key +session                       | key
naming everyone is enough                              | ann         | key +all                           | key
naming another is not                                  | ann         | key +eve                           | no key
delegation alone allows nobody                         | ann         | key +root                          | no mine
delegation and an identity policy allow                | ann         | key +root; mine +                  | key and mine
the root user is allowed by the delegating statement   | root        | key +root                          | key
the root user has no right without it                  | root        | key +ann                           | no key
a delegating statement must be about the action        | ann         | key +root:encrypt; mine +          | no key
delegation to another account is none                  | ann         | key +other; mine +                 | no key
without delegation identity allows are dead            | ann         | key +eve; mine +                   | no key
without delegation identity denies are alive           | ann         | key +ann; mine -                   | deny mine
a foreign user needs both: neither                     | eve         | key +root                          | no key
a foreign user needs both: no key policy               | eve         | key +root; mine +                  | no key
a foreign user needs both: no identity policy          | eve         | key +eve                           | no mine
a foreign user needs both: everyone is not enough      | eve         | key +all                           | no mine
a foreign user, named, with an identity policy         | eve         | key +eve; mine +                   | key and mine
a foreign user of a named account, with one            | eve         | key +other; mine +                 | key and mine
a foreign identity policy must be about the action     | eve         | key +eve; mine +:s3                | no mine
a foreign boundary limits                              | eve         | key +eve; mine +; limit +:s3       | no limit
a foreign root user needs no identity policy           | strangeRoot | key +other                         | key and root
a foreign root user needs the key policy               | strangeRoot | key +root                          | no key
a grant is enough                                      | ann         | key +eve; grant ann                | grant
a grant is enough across accounts                      | eve         | key +root; grant eve               | grant
a grant to the role is enough for its session          | session     | key +root; grant role              | grant
a session policy cuts a grant to the role              | session     | key +root; grant role; narrow +:s3 | no narrow
a boundary cuts a grant to the role                    | session     | key +root; grant role; limit +:s3  | no limit
limits that allow leave the grant to the role alone    | session     | key +root; grant role; limit +; narrow + | grant
neither cuts a grant to the session                    | session     | key +root; grant session; limit +:s3; narrow +:s3 | grant
a grant is enough within a boundary                    | ann         | key +root; grant ann; limit +:s3   | grant
a grant to another does not help                       | ann         | key +root; grant eve               | no mine
a grant does not outweigh a deny                       | ann         | key -all; grant ann                | deny key 1
a grant does not outweigh the organization             | ann         | key +root; grant ann; guard +:s3   | no guard
a grant to an account needs an identity policy too     | eve         | key +root; grant other             | no mine
a grant to an account, with an identity policy         | eve         | key +root; grant other; mine +     | grant and mine
a boundary cuts identity allows                        | ann         | key +root; mine +; limit +:s3      | no limit
a boundary that allows changes nothing                 | ann         | key +root; mine +; limit +         | key and mine
a boundary alone allows nothing                        | ann         | key +root; limit +                 | no mine
a session policy cuts identity allows                  | session     | key +root; mine +; narrow +:s3     | no narrow
one of several session policies is enough              | session     | key +root; mine +; narrow +:s3; narrow + | key and mine
a boundary cuts what the role's ARN was given          | session     | key +role; limit +:s3              | no limit
a session policy cuts what the role's ARN was given    | session     | key +role; narrow +:s3             | no narrow
neither cuts what the session's ARN was given          | session     | key +session; limit +:s3; narrow +:s3 | key
neither cuts what everyone was given                   | session     | key +all; limit +:s3; narrow +:s3  | key
a boundary does not cut what the user's ARN was given  | ann         | key +ann; limit +:s3               | key
a deny in a boundary cuts all the same                 | ann         | key +ann; limit -                  | deny limit
a deny in a session policy cuts all the same           | session     | key +session; narrow -             | deny narrow
the organization must allow what the key policy allows | ann         | key +ann; guard +:s3               | no guard
each level of the organization must allow              | ann         | key +root; mine +; guard +; guard +:s3 | no guard
one policy of a level is enough                        | ann         | key +root; mine +; guard +; guard +:s3 + | key and mine
an empty level allows nothing                          | ann         | key +root; mine +; guard           | no guard
a deny at any level wins                               | ann         | key +root; mine +; guard +; guard + - | deny guard
the organization limits root users                     | root        | key +root; guard +:s3              | no guard
a deny for the account hits its users                  | ann         | key +all -root                     | deny key 2
a deny for the role hits its session                   | session     | key +all -role                     | deny key 2
a deny for another does not                            | ann         | key +all -eve                      | key
a deny outweighs an allow of the same statement order  | ann         | key -ann +ann; mine +              | deny key 1
a resource of another account is closed without policy | eve         | mine +                             | no resource
either: the identity policy is enough                  | ann         | bucket +eve; mine +                | mine
either: the resource policy is enough                  | ann         | bucket +ann                        | bucket
either: naming the account only delegates              | ann         | bucket +root                       | no mine
either: neither                                        | ann         | bucket +eve                        | no mine
either: a foreign user needs both: no resource policy  | eve         | bucket +ann; mine +                | no bucket
either: a foreign user needs both: no identity policy  | eve         | bucket +eve                        | no mine
either: the root user needs nothing                    | root        | bucket +eve                        | root
a service is allowed by name                           | s3          | key +s3                            | key
a service is allowed as one of everyone                | s3          | key +all                           | key
a service is not part of the account                   | s3          | key +root; mine +                  | no key
`;

for (const line of table.trim().split("\n")) {
  const [rule = "", caller = "", given = "", wanted = ""] = line
    .split("|")
    .map((each) => each.trim());
  test(rule, () => {
    const principal =
      Object.entries(callers).find(([name]) => name === caller)?.[1] ?? assert.fail();
    assert.equal(ask(principal, policies(given)), outcomes[wanted] ?? assert.fail(wanted));
  });
}

test("an operation without a resource is for identity policies, and for the root user without one", () => {
  const asking = { resource: "*", resourceAccount: account };
  assert.equal(ask(ann, policies("mine +"), asking), outcomes["mine"]);
  assert.equal(ask(ann, policies("mine +:s3"), asking), outcomes["no mine"]);
  assert.equal(ask(root, {}, asking), outcomes["root"]);
});

test("the owner is read from the ARN when the request does not say, and unknown counts as foreign", () => {
  const { resourceAccount: _, ...plain } = { ...request("kms:Decrypt", key), resourceAccount: "" };
  const decided = (resource: string, given: string) =>
    describe(decide({ ...plain, resource }, { identity: [], ...policies(given) }));
  assert.equal(decided(key, "key +ann"), outcomes["key"]);
  assert.equal(decided(key.replace(account, other), "mine +"), outcomes["no resource"]);
  assert.equal(decided("arn:aws:s3:::b", "bucket +ann"), outcomes["no mine"]);
  assert.equal(decided("*", "mine +"), outcomes["mine"]);
});

function request(action: string, resource: string): AuthorizationRequest {
  return { principal: ann, action, resource, conditions: new Map() };
}

test("no key policy can allow RetireGrant, any can deny it, and identity policies need no delegation", () => {
  const retire = { action: "kms:RetireGrant", grantOperation: "RetireGrant" };
  assert.equal(ask(ann, policies("key +ann"), retire), outcomes["no mine"]);
  assert.equal(ask(ann, policies("key +eve; mine +"), retire), outcomes["mine"]);
  assert.equal(ask(ann, policies("key -ann; mine +"), retire), outcomes["deny key 1"]);
  assert.equal(ask(eve, policies("key +eve; mine +"), retire), outcomes["no key"]);
  assert.equal(ask(root, policies("key +eve"), retire), outcomes["root"]);
});

test("an empty list of session policies allows nothing", () => {
  const given = { ...policies("key +root; mine +"), session: [] };
  assert.equal(ask(session, given), outcomes["no narrow"]);
});

test("a delegating statement's resource and condition must hold too", () => {
  const delegating = (terms: Terms) => ({
    ...policies("mine +"),
    resource: {
      policy: policy("resource", "default", [{ ...statement("+root"), ...terms }]),
      trust: "key-policy",
    } as const,
  });
  const elsewhere = delegating({ Resource: `${key}2` });
  assert.equal(ask(ann, elsewhere), outcomes["no key"]);
  assert.equal(ask(ann, elsewhere, { resource: `${key}2` }), outcomes["key and mine"]);
  const secure = delegating({ Condition: { Bool: { "aws:SecureTransport": true } } });
  assert.equal(ask(ann, secure), outcomes["no key"]);
  const conditions = new Map([["aws:securetransport", ["true"]]]);
  assert.equal(ask(ann, secure, { conditions }), outcomes["key and mine"]);
});

test("a role's trust policy names its principals, and needs no Resource", () => {
  const assume = { Effect: "Allow", Action: "sts:AssumeRole", Principal: names["ann"] };
  const trust = policy("trust", "app", [assume]);
  const given = { resource: { policy: trust, trust: "key-policy" } } as const;
  const asking = { action: "sts:AssumeRole", resource: roleArn };
  assert.equal(ask(ann, given, asking), "allowed by statement 1 of the role trust policy `app`");
  const refused = "denied: the role trust policy `app` does not allow it";
  assert.equal(ask(root, given, asking), refused);
});

test("the default key policy leaves the decision to identity policies", () => {
  const compiled = compilePolicy(defaultKeyPolicy(account), { kind: "resource", name: "default" });
  const given = { resource: { policy: compiled, trust: "key-policy" } } as const;
  assert.equal(ask(ann, given), outcomes["no mine"]);
  assert.equal(
    ask(ann, { ...policies("mine +"), ...given }),
    "allowed by statement 1 (`Enable IAM User Permissions`) of the key policy and statement 1 of the identity policy `mine`",
  );
});

test("a Deny with NotPrincipal meets those whom it names once they have a boundary", () => {
  const resource = {
    policy: policy("resource", "default", [
      statement("+ann"),
      { Effect: "Deny", NotPrincipal: { AWS: ann.arn }, Action: "*", Resource: "*" },
    ]),
    trust: "key-policy",
  } as const;
  assert.match(ask(ann, { resource }), /^allowed by statement 1/);
  const boundary = policy("boundary", "limit", [statement("+")]);
  assert.match(ask(ann, { resource, boundary }), /^denied by statement 2/);
});
