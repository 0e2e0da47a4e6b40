import * as assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { test } from "node:test";
import { OperatorError } from "../base/errors.ts";
import type { CheckPolicy, Seed } from "./seed.ts";
import { parseSeed } from "./seed.ts";

const anyPolicy: CheckPolicy = () => {};

function parse(text: string, checkPolicy = anyPolicy): Seed {
  return parseSeed(text, "seed.yaml", checkPolicy);
}

/** The problems of a seed, without the file's name. */
function problems(text: string, checkPolicy = anyPolicy): readonly string[] {
  try {
    parse(text, checkPolicy);
    return [];
  } catch (error) {
    if (!(error instanceof OperatorError)) throw error;
    return error.message.split("\n").map((line) => line.replace("seed.yaml:", ""));
  }
}

/** An account with further members, which begin on line 3. */
function account(members: string): string {
  return `accounts:\n  - id: "111122223333"\n${members.replaceAll(/^/gm, "    ")}\n`;
}

const keyId = "1234abcd-12ab-34cd-56ef-1234567890ab";

test("the lab example separates managing the key from using it", () => {
  const text = readFileSync(new URL("../../docs/examples/lab.yaml", import.meta.url), "utf8");
  const kinds: string[] = [];
  const [lab] = parse(text, (document, kind) => {
    JSON.parse(document);
    kinds.push(kind);
  }).accounts;
  assert.deepEqual(
    lab?.users.map(({ name, groups }) => [name, groups]),
    [
      ["admin", []],
      ["myKeyManager", ["myKMSGroup"]],
      ["myEncryptor", ["myKMSGroup"]],
    ],
  );
  assert.deepEqual(lab.groups[0]?.managedPolicies, []);
  assert.deepEqual(lab.keys[0]?.aliases, ["alias/lab"]);
  assert.deepEqual(kinds, ["identity", "key"]);
});

test("the examples of docs/seed.md are seeds", () => {
  const page = readFileSync(new URL("../../docs/seed.md", import.meta.url), "utf8");
  const examples = [...page.matchAll(/```yaml\n([\s\S]*?)```/g)].map(([, text = ""]) =>
    parse(text),
  );
  assert.deepEqual(
    examples.map(({ accounts }) => accounts[0]?.users[0]?.name),
    ["admin", "orders"],
  );
});

test("what an account and a key leave out has defaults", () => {
  const [found] = parse(
    account(`keys: [{ id: ${keyId}, region: us-east-1, policy: {} }]`),
  ).accounts;
  assert.deepEqual(found, {
    id: "111122223333",
    name: undefined,
    policies: [],
    groups: [],
    users: [],
    rootAccessKeys: [],
    keys: [
      {
        id: keyId,
        region: "us-east-1",
        description: "",
        material: undefined,
        aliases: [],
        tags: {},
        policy: undefined,
        enabled: true,
        rotationPeriodInDays: undefined,
      },
    ],
  });
});

test("a seed may be JSON", () => {
  const seed = { accounts: [{ id: "012345678901", rootAccessKeys: [{ id: "abc", secret: "s" }] }] };
  assert.deepEqual(parse(JSON.stringify(seed, undefined, "\t")).accounts[0]?.rootAccessKeys, [
    { id: "abc", secret: "s", status: "Active" },
  ]);
});

test("key material is read as bytes", () => {
  const material = Buffer.alloc(32, 7).toString("base64");
  const [found] = parse(
    account(`keys: [{ id: ${keyId}, region: us-east-1, material: ${material} }]`),
  ).accounts;
  assert.deepEqual(found?.keys[0]?.material, new Uint8Array(32).fill(7));
});

test("a policy document is an object or JSON text, and reaches the parser as text", () => {
  const [found] = parse(
    account(`policies:
  - { name: a, document: { Version: "2012-10-17", Statement: [] } }
  - { name: b, document: '{ "Statement": [] }' }`),
  ).accounts;
  assert.deepEqual(
    found?.policies.map(({ document }) => document),
    ['{"Version":"2012-10-17","Statement":[]}', '{ "Statement": [] }'],
  );
});

test("what the policy parser refuses is reported on the document's line", () => {
  const text = account(`users:
  - name: a
    policies:
      - name: p
        document:
          Statement: []`);
  const refuse: CheckPolicy = (document, kind) => {
    throw new Error(`${kind} ${document} is empty`);
  };
  assert.deepEqual(problems(text, refuse), ['7: `document`: identity {"Statement":[]} is empty']);
});

test("an account id may be a number only as long as YAML keeps its digits", () => {
  assert.equal(parse("accounts: [{ id: 111122223333 }]").accounts[0]?.id, "111122223333");
  for (const id of ["011122223333", "11112222333", "1e11", "0x1111222233", "true"])
    assert.deepEqual(problems(`accounts: [{ id: ${id} }]`), [
      "1: `id` must be 12 digits: put it in quotes",
    ]);
});

test("a group and a managed policy may be named after those that hold them, in any order", () => {
  const text = account(`users:
  - { name: a, groups: [g], managedPolicies: [arn:aws:iam::111122223333:policy/p] }
groups:
  - { name: g, managedPolicies: [arn:aws:iam::aws:policy/AdministratorAccess] }
policies:
  - { name: p, document: {} }`);
  assert.deepEqual(problems(text), []);
});

for (const [members, ...expected] of [
  [
    "groups:\n  - { name: g, managedPolicies: [arn:aws:iam::aws:policy/Nothing] }",
    "4: `arn:aws:iam::aws:policy/Nothing` is not an AWS managed policy that is known here",
  ],
  ["usres: []", "3: unknown member; did you mean `users`?"],
  ["name: a\nname: b", "4: this member is already given above"],
  ["users: {}", "3: `users` must be a list"],
  ["users:", "3: `users` must be a list"],
  ["users: [a]", "3: `users` must be a mapping of members"],
  ["users:\n  - groups: []", "4: `name` is missing from `users`"],
  ["users:\n  - name: a b", "4: `name` must be 1 to 64 letters, digits or +=,.@_-"],
  ["users:\n  - name: 12", "4: `name` must be text: put it in quotes"],
  ["users:\n  - name: a\n  - name: A", "5: this user is already used on line 4"],
  ["users:\n  - { name: a, groups: [g] }", "4: group `g` is not in this account"],
  [
    "groups: [{ name: g }]\nusers:\n  - { name: a, groups: [g, g] }",
    "5: `groups` repeats an entry",
  ],
  [
    "users:\n  - name: a\n    managedPolicies:\n      - arn:aws:iam::111122223333:policy/p",
    "6: `arn:aws:iam::111122223333:policy/p` is not a policy of this account in the seed",
  ],
  [
    "policies: [{ name: p, document: {} }]\nusers:\n  - { name: a, managedPolicies: [arn:aws:iam::999922223333:policy/p] }",
    "5: `arn:aws:iam::999922223333:policy/p` is not a policy of this account in the seed",
  ],
  ["policies:\n  - { name: p, document: 3 }", "4: `document` must be a policy document"],
  ["policies:\n  - { name: p, document: '[]' }", "4: `document` must be a policy document"],
  [
    "policies:\n  - { name: p, document: '{' }",
    "4: `document` is not JSON: expected a name at position 1",
  ],
  ["policies:\n  - { name: p, document: { a: .nan } }", "4: `a` has a value that JSON cannot have"],
  ["rootAccessKeys:\n  - { id: a/b, secret: s }", "4: `id` must be 3 to 128 letters, digits or _"],
  ["rootAccessKeys:\n  - { id: abc, secret: '' }", "4: `secret` must be text that is not empty"],
  [
    "rootAccessKeys:\n  - { id: abc, secret: s, status: active }",
    "4: `status` must be Active or Inactive",
  ],
  [
    "rootAccessKeys:\n  - { id: abc, secret: s }\nusers:\n  - name: a\n    accessKeys: [{ id: abc, secret: t }]",
    "4: this access key id is already used on line 7",
  ],
  [
    "users:\n  - { name: a, tags: { 'aws:x': b } }",
    "4: names in `tags` must be 1 to 128 letters, digits, spaces or _.:/=+-@, and not begin with aws:",
  ],
  ["users:\n  - { name: a, tags: { on: true } }", "4: `on` must be text: put it in quotes"],
  ["name: &n a\nusers: [{ name: *n }]", "4: YAML aliases are not read: repeat the value"],
  ["name: !secret a", "3: not valid YAML: tag resolve failed"],
  ["name: [", "4: not valid YAML: bad indent"],
] as const) {
  test(`refused with its line: ${JSON.stringify(members)}`, () => {
    assert.deepEqual(problems(account(members)), expected);
  });
}

for (const [member, problem] of [
  ["id: mrk-1234abcd12ab34cd56ef1234567890ab", "multi-Region keys cannot be seeded yet"],
  ["id: 1234ABCD-12ab-34cd-56ef-1234567890ab", "`id` must be a lower-case UUID"],
  ["region: Frankfurt", "`region` must be a region's name, such as us-east-1"],
  ["material: AAAA", "`material` must be the base64 of exactly 32 bytes"],
  ["aliases: [orders]", "`aliases` must be alias/ and up to 250 letters, digits or /_-"],
  ["aliases: [alias/aws/s3]", "alias/aws/ is reserved for AWS"],
  ["aliases: [alias/a, alias/a]", "this alias is already used on line 7"],
  ["enabled: yes", "`enabled` must be true or false"],
  ["rotationPeriodInDays: 30", "`rotationPeriodInDays` must be a whole number from 90 to 2560"],
  ["policy: []", "`policy` must be a policy document"],
] as const) {
  test(`refused in a key: ${member}`, () => {
    const rows = {
      id: `id: ${keyId}`,
      region: "region: us-east-1",
      [member.split(":")[0] ?? ""]: member,
    };
    const key = Object.values(rows).join("\n    ");
    const [first = "", ...more] = problems(account(`keys:\n  - description: d\n    ${key}`));
    assert.deepEqual([first.replace(/^\d: /, ""), more], [problem, []]);
  });
}

test("key ids are unique in a region, aliases in an account and region", () => {
  const key = (region: string, id = keyId): string =>
    `  - { id: ${id}, region: ${region}, aliases: [alias/a] }\n`;
  const other = keyId.replaceAll("a", "b");
  assert.deepEqual(problems(account(`keys:\n${key("us-east-1")}${key("us-east-2")}`)), []);
  assert.deepEqual(problems(account(`keys:\n${key("us-east-1")}${key("us-east-1", other)}`)), [
    "5: this alias is already used on line 4",
  ]);
  const second = account(`keys:\n${key("us-east-1")}`)
    .replace("accounts:\n", "")
    .replace("1111", "2222");
  assert.deepEqual(problems(account(`keys:\n${key("us-east-1")}`) + second), [
    "8: this key id is already used on line 4",
  ]);
});

test("accounts are unique, and a seed has one at least", () => {
  assert.deepEqual(problems("accounts: []"), ["1: `accounts` must have at least one account"]);
  for (const empty of ["", "# nothing\n", "---\n"])
    assert.deepEqual(problems(empty), ["1: the file is empty"]);
  assert.deepEqual(problems("accounts"), ["1: `the file` must be a mapping of members"]);
  assert.deepEqual(problems("accounts:\n  - id: 111122223333\n  - id: '111122223333'\n"), [
    "3: this account is already used on line 2",
  ]);
});

test("all problems are reported in the order of their lines, twenty at most", () => {
  const users = Array.from({ length: 25 }, () => "  - name: a b").join("\n");
  const found = problems(account(`users:\n${users}`));
  assert.equal(found.length, 21);
  assert.deepEqual(found.map((line) => Number.parseInt(line, 10)).slice(0, 3), [4, 5, 6]);
  assert.equal(found.at(-1)?.trim(), "5 more problems");
});

for (const text of [
  "rootAccessKeys: [{ id: AKIA/x, secret: hunter2 }]",
  "rootAccessKeys: [{ id: AKIAX, secret hunter2 }]",
  "rootAccessKeys: [{ id: AKIAX, hunter2 }]",
  "rootAccessKeys: [{ id: hunter2/, secret: AKIAX, status: hunter2 }]",
  "rootAccessKeys: [{ id: AKIAX, secret: [hunter2] }]",
  'rootAccessKeys: [{ id: AKIAX, secret: "hunter2\\q" }]',
  "rootAccessKeys: [{ id: AKIAX, secret: *hunter2 }]",
  "rootAccessKeys: [{ id: AKIAX, secret: !hunter2 x }]",
  "rootAccessKeys: [{ id: AKIAX, secret: a } hunter2]",
  `keys: [{ id: ${keyId}, region: us-east-1, material: hunter2 }]`,
]) {
  test(`no problem repeats a secret: ${text}`, () => {
    const found = problems(account(text)).join("\n");
    assert.notEqual(found, "");
    assert.doesNotMatch(found, /hunter2/);
  });
}
