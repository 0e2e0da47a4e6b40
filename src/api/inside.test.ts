import * as assert from "node:assert/strict";
import { describe, test } from "node:test";
import type { CompiledPolicy } from "../authorization/compile.ts";
import { compilePolicy } from "../authorization/compile.ts";
import { parsePolicy } from "../authorization/policy-document.ts";
import { randomIds } from "../crypto/random.ts";
import type { Commit, VersionRef } from "../database/commit.ts";
import { required, string, structure } from "../shape/shape.ts";
import type { Caller } from "./context.ts";
import { CallContext } from "./context.ts";
import { createPipeline } from "./execute.ts";
import type { Operation, Thing, ThingDemand } from "./operation.ts";
import type { Service } from "./registry.ts";
import { operationMap, withoutThings } from "./registry.ts";

/** Two services: `shop` answers with what it is given by `box`, which holds one thing of an account. */

const account = "111122223333";
const owner = "444455556666";
const trail = `arn:aws:cloudtrail:us-east-1:${account}:trail/t`;
const box: Thing = {
  arn: `arn:aws:box:us-east-1:${owner}:box/1`,
  account: owner,
  version: { aggregate: "box/1", version: 7 },
};

function policy(statement: object, kind: "identity" | "resource"): CompiledPolicy {
  const text = JSON.stringify({ Version: "2012-10-17", Statement: [statement] });
  return compilePolicy(parsePolicy(text, kind), { kind, name: "p" });
}

const caller = (version = 1): Caller => ({
  principal: { type: "User", arn: `arn:aws:iam::${account}:user/a`, account, userId: "AIDA" },
  userName: "a",
  accessKeyId: "AKIA",
  identityPolicies: [policy({ Effect: "Allow", Action: "*", Resource: "*" }, "identity")],
  tags: {},
  versions: [{ aggregate: "user/a", version }],
});

type Named = { readonly Name: string };
type Op = Operation<Named, Named, never, "box", ThingDemand<Named>, Thing, undefined>;
const shape = structure({ Name: required(string()) });
const audit = { request: ["Name"] } as const;

const openBox: Op = {
  name: "OpenBox",
  readOnly: true,
  input: shape,
  output: shape,
  keys: { box: { locate: ({ Name }) => Name, action: "box:OpenBox", crossAccount: true } },
  audit,
  handle: ({ input }) => ({ output: input }),
};

const buy: Op = {
  name: "Buy",
  readOnly: true,
  input: shape,
  output: shape,
  identity: [{ action: "shop:Buy", resource: () => "*" }],
  keys: {} as Op["keys"],
  audit,
  async handle({ input, forward }) {
    return { output: (await forward("box", "OpenBox", { Name: input.Name })) as Named };
  },
};

function world(boxPolicy: object, stale: (commit: Commit, at: number) => readonly string[]) {
  const commits: Commit[] = [];
  const resource = { policy: policy(boxPolicy, "resource"), trust: "either" as const };
  const service = (name: string, operation: Op): Service => ({
    ...withoutThings,
    wire: { signingName: name, protocol: "json", operationNames: [operation.name] },
    eventSource: `${name}.amazonaws.com`,
    operations: operationMap([operation]),
    tools: undefined,
    locate: async () => box,
    protection: () => ({ policies: { resource }, conditions: () => ({}), owner }),
    check: () => undefined,
    thingType: "AWS::Box",
  });
  const entrances = createPipeline({
    services: new Map([
      ["box", service("box", openBox)],
      ["shop", service("shop", buy)],
    ]),
    committer: {
      async submit(commit) {
        commits.push(commit);
        return { stale: stale(commit, commits.length) };
      },
    },
    clock: () => new Date(0),
    ids: randomIds,
    forget: () => undefined,
  });
  const records = (): readonly AuditRecord[] =>
    commits.flatMap(({ records: texts }) => texts.map((text) => JSON.parse(text) as AuditRecord));
  return { ...entrances, commits, records };
}
type AuditRecord = Readonly<Record<string, unknown>>;

const never = (): readonly VersionRef["aggregate"][] => [];
const everyone = { Effect: "Allow", Principal: "*", Action: "*", Resource: "*" };
const only = (principal: object, condition: object) => ({
  ...everyone,
  Principal: principal,
  Condition: condition,
});
const origin = { region: "us-east-1", requestId: "r", time: new Date(0) };
const connection = { sourceIp: "192.0.2.1", userAgent: "test", host: "localhost", secure: false };
const actor = {
  service: "cloudtrail.amazonaws.com",
  sourceArn: trail,
  sourceAccount: account,
};

function asService(over: Partial<typeof actor> = {}) {
  const context = CallContext.asService({ ...actor, ...over }, origin);
  return { service: "box", operation: "OpenBox", input: { Name: "n" }, context };
}

const buying = (identify = async () => caller()) => ({
  service: "shop",
  operation: "Buy",
  ...origin,
  connection,
  body: () => ({ Name: "n" }),
  identify,
});

describe("a service principal", () => {
  const admitted = only({ Service: actor.service }, { StringEquals: { "aws:SourceArn": trail } });

  test("may do what a resource policy allows it, for the source that the policy names", async () => {
    const { inside } = world(admitted, never);
    assert.deepEqual(await inside(asService()), { Name: "n" });
    await assert.rejects(inside(asService({ sourceArn: `${trail}2` })), {
      name: "AccessDeniedException",
    });
    await assert.rejects(inside(asService({ service: "config.amazonaws.com" })), {
      name: "AccessDeniedException",
    });
  });

  test("may do nothing that only identity policies could allow", async () => {
    const { inside } = world(everyone, never);
    await assert.rejects(inside({ ...asService(), service: "shop", operation: "Buy" }), {
      name: "AccessDeniedException",
    });
  });

  for (const [key, value] of [
    ["aws:SourceAccount", account],
    ["aws:PrincipalServiceName", actor.service],
    ["aws:PrincipalIsAWSService", "true"],
  ] as const)
    test(`is known to conditions by ${key}`, async () => {
      const { inside } = world(only({ AWS: "*" }, { StringEquals: { [key]: value } }), never);
      assert.deepEqual(await inside(asService()), { Name: "n" });
    });

  for (const key of [
    "aws:PrincipalAccount",
    "aws:PrincipalArn",
    "aws:PrincipalType",
    "aws:SourceIp",
    "aws:userid",
    "aws:username",
  ])
    test(`has no ${key}`, async () => {
      const { inside } = world(only({ AWS: "*" }, { Null: { [key]: "true" } }), never);
      assert.deepEqual(await inside(asService()), { Name: "n" });
    });

  test("stands in the audit record by its host name alone", async () => {
    const { inside, records } = world(admitted, never);
    await inside(asService());
    assert.equal(records().length, 2, "the source's account and the owner's");
    for (const record of records()) {
      assert.deepEqual(record["userIdentity"], {
        type: "AWSService",
        invokedBy: "cloudtrail.amazonaws.com",
      });
      assert.equal(record["sourceIPAddress"], "cloudtrail.amazonaws.com");
      assert.equal(record["userAgent"], "cloudtrail.amazonaws.com");
    }
  });

  test("is nobody whose credentials a client could have", () => {
    const { caller: service } = CallContext.asService(actor, origin);
    assert.throws(() => CallContext.direct(service, { ...origin, connection }), TypeError);
  });

  test("keeps its name when it goes through another service", () => {
    const context = CallContext.asService(actor, origin).forward("s3", "id-2");
    assert.equal(context.via, "s3.us-east-1.amazonaws.com");
    assert.equal(context.invokedBy, "cloudtrail.amazonaws.com");
  });
});

describe("a call that a service forwards for its caller", () => {
  test("is decided with the caller's permissions, and recorded beside the caller's own call", async () => {
    const { invoke, records } = world(everyone, never);
    assert.deepEqual(await invoke(buying()), { Name: "n" });
    const [forwarded, , bought] = records();
    assert.equal(forwarded?.["eventName"], "OpenBox");
    assert.equal(forwarded?.["sourceIPAddress"], "shop.amazonaws.com");
    const identity = forwarded?.["userIdentity"] as AuditRecord;
    assert.equal(identity["userName"], "a");
    assert.equal(identity["invokedBy"], "shop.amazonaws.com");
    assert.equal(bought?.["eventName"], "Buy");
    assert.deepEqual(bought?.["userIdentity"], {
      type: "IAMUser",
      principalId: "AIDA",
      arn: `arn:aws:iam::${account}:user/a`,
      accountId: account,
      accessKeyId: "AKIA",
      userName: "a",
    });
  });

  test("is refused to a caller that may not make it", async () => {
    const { invoke } = world({ ...everyone, Effect: "Deny" }, never);
    await assert.rejects(invoke(buying()), { name: "AccessDeniedException" });
  });

  test("says through which service it came", async () => {
    const via = { StringEquals: { "aws:CalledViaLast": "shop.us-east-1.amazonaws.com" } };
    const { invoke, inside } = world(only({ AWS: account }, via), never);
    assert.deepEqual(await invoke(buying()), { Name: "n" });
    const context = CallContext.direct(caller(), { ...origin, connection });
    await assert.rejects(inside({ ...asService(), context }), { name: "AccessDeniedException" });
  });

  test("is decided again from the beginning when the caller changed meanwhile", async () => {
    let version = 1;
    const { invoke, commits, records } = world(everyone, ({ relied }) =>
      relied.some((each) => each.aggregate === "user/a" && each.version === 1) ? ["user/a"] : [],
    );
    const identify = async () => caller(version++);
    assert.deepEqual(await invoke(buying(identify)), { Name: "n" });
    assert.equal(commits.length, 3, "one forwarded in vain, one forwarded, the call itself");
    assert.ok(records().every((record) => record["errorCode"] === undefined));
  });

  test("is decided again by itself when what it touches changed meanwhile", async () => {
    const { invoke, commits } = world(everyone, (_commit, at) => (at === 1 ? ["box/1"] : []));
    assert.deepEqual(await invoke(buying()), { Name: "n" });
    assert.equal(commits.length, 3);
  });
});
