import * as assert from "node:assert/strict";
import { describe, test } from "node:test";
import { compilePolicy } from "../authorization/compile.ts";
import { parsePolicy } from "../authorization/policy-document.ts";
import { AwsError } from "../base/errors.ts";
import type { JsonObject } from "../base/json.ts";
import { randomIds } from "../crypto/random.ts";
import type { Commit, CommitResult } from "../database/commit.ts";
import { boolean, required, string, structure } from "../shape/shape.ts";
import type { Caller } from "./context.ts";
import { CallContext } from "./context.ts";
import { Elsewhere } from "./elsewhere.ts";
import { createInvoke } from "./execute.ts";
import type { AnyOperation, Operation, Thing, ThingDemand } from "./operation.ts";
import type { Service } from "./registry.ts";
import { operationMap, withoutThings } from "./registry.ts";

const allowAll = compilePolicy(
  parsePolicy(
    '{"Version":"2012-10-17","Statement":[{"Effect":"Allow","Action":"*","Resource":"*"}]}',
    "identity",
  ),
  { kind: "identity", name: "all" },
);
const openToAll = {
  trust: "either" as const,
  policy: compilePolicy(
    parsePolicy(
      '{"Version":"2012-10-17","Statement":[{"Effect":"Allow","Principal":"*","Action":"*","Resource":"*"}]}',
      "key",
    ),
    { kind: "resource", name: "open" },
  ),
};
const caller = (policies = [allowAll], version = 1): Caller => ({
  principal: {
    type: "User",
    arn: "arn:aws:iam::111122223333:user/a",
    account: "111122223333",
    userId: "AIDA",
  },
  userName: "a",
  accessKeyId: "AKIA",
  identityPolicies: policies,
  tags: {},
  versions: [{ aggregate: "user/a", version }],
});
const connection = { sourceIp: "192.0.2.1", userAgent: "test", host: "localhost", secure: false };
const box: Thing = {
  arn: "arn:aws:box:us-east-1:111122223333:box/1",
  account: "111122223333",
  version: { aggregate: "box/1", version: 7 },
};

interface World {
  readonly commits: Commit[];
  readonly steps: string[];
  readonly answer: (attempt: number) => CommitResult | Error;
  readonly check?: () => void;
  readonly thing?: Thing;
  readonly identify?: () => Caller;
  readonly locate?: () => Thing;
}

const useBox: Operation<
  { readonly Name: string; readonly DryRun?: boolean | undefined },
  { readonly Name: string },
  never,
  "box",
  ThingDemand<{ readonly Name: string }>,
  Thing,
  undefined
> = {
  name: "UseBox",
  readOnly: false,
  input: structure({ Name: required(string({ min: 1 })), DryRun: boolean }),
  output: structure({ Name: required(string()) }),
  keys: { box: { locate: ({ Name }) => Name, action: "box:UseBox", crossAccount: true } },
  audit: { request: ["Name"] },
  handle: ({ input }) => ({
    output: { Name: input.Name },
    change: { writes: [], versions: [{ aggregate: "box/1", version: 8 }] },
  }),
};

function call(world: World, operation: AnyOperation, body: JsonObject | (() => JsonObject)) {
  const service: Service = {
    ...withoutThings,
    wire: { signingName: "box", protocol: "json", operationNames: [operation.name] },
    eventSource: "box.amazonaws.com",
    operations: operationMap([operation]),
    tools: undefined,
    locate: async () => {
      world.steps.push("locate");
      return world.locate?.() ?? world.thing ?? box;
    },
    protection: () => {
      world.steps.push("authorize");
      return {
        policies: world.thing === undefined ? {} : { resource: openToAll },
        conditions: () => ({}),
        owner: (world.thing ?? box).account,
      };
    },
    check: () => {
      world.steps.push("check");
      world.check?.();
    },
    admit: () => void world.steps.push("count"),
    thingType: "AWS::Box",
  };
  const invoke = createInvoke({
    services: new Map([["box", service]]),
    committer: {
      submit: async (commit) => {
        world.commits.push(commit);
        const result = world.answer(world.commits.length);
        if (result instanceof Error) throw result;
        return result;
      },
    },
    clock: () => new Date(0),
    ids: randomIds,
    forget: (aggregates) => world.steps.push(...aggregates.map((each) => `forget ${each}`)),
    renew: (versions) => world.steps.push(...versions.map((each) => `renew ${each.version}`)),
  });
  return invoke({
    service: "box",
    operation: operation.name,
    region: "us-east-1",
    body: () => (typeof body === "function" ? body() : body),
    requestId: "r",
    connection,
    identify: async () => (world.identify ?? caller)(),
  });
}

const world = (over: Partial<World> = {}): World => ({
  commits: [],
  steps: [],
  answer: () => ({ stale: [] }),
  ...over,
});
type AuditRecord = Readonly<Record<string, unknown>>;
const records = ({ commits }: World): readonly AuditRecord[] =>
  commits.flatMap((each) => each.records).map((each) => JSON.parse(each) as AuditRecord);

describe("the pipeline", () => {
  test("locates and authorizes, counts (and once it is its turn permits again), then checks state", async () => {
    const run = world();
    await call(run, useBox, { Name: "b" });
    const permitted = ["locate", "authorize"];
    assert.deepEqual(run.steps.slice(0, 6), [...permitted, "count", ...permitted, "check"]);
  });

  test("a caller without permission learns nothing of the state, and is recorded", async () => {
    const run = world({ identify: () => caller([]) });
    await assert.rejects(call(run, useBox, { Name: "b" }), { name: "AccessDeniedException" });
    assert.equal(run.steps.includes("check"), false);
    assert.equal(records(run)[0]?.["errorCode"], "AccessDenied");
  });

  test("hands the versions of caller and things to the commit, with change and record", async () => {
    const run = world();
    await call(run, useBox, { Name: "b" });
    const [commit] = run.commits;
    assert.deepEqual(commit?.relied, [{ aggregate: "user/a", version: 1 }, box.version]);
    assert.deepEqual(commit?.change.versions, [{ aggregate: "box/1", version: 8 }]);
    assert.equal(commit?.records.length, 1);
  });

  test("decides again, with a fresh caller, when something it relied on has changed", async () => {
    let version = 0;
    const run = world({
      answer: (attempt) => ({ stale: attempt === 1 ? ["user/a"] : [] }),
      identify: () => caller([allowAll], ++version),
    });
    assert.deepEqual(await call(run, useBox, { Name: "b" }), { Name: "b" });
    assert.deepEqual(
      run.commits.map((commit) => commit.relied[0]?.version),
      [1, 2],
    );
    assert.ok(run.steps.includes("forget user/a"));
  });

  test("what a change has made of a thing is kept behind the older state, and only once it is durable", async () => {
    const run = world({ answer: (attempt) => ({ stale: attempt === 1 ? ["box/1"] : [] }) });
    await call(run, useBox, { Name: "b" });
    const known = run.steps.filter((each) => /^(forget|renew)/.test(each));
    assert.deepEqual(known, ["forget box/1", "forget box/1", "forget box/1", "renew 8"]);
  });

  test("a refusal that rested on something old is decided again too", async () => {
    let first = true;
    const run = world({
      answer: (attempt) => ({ stale: attempt === 1 ? ["box/1"] : [] }),
      check() {
        if (first) {
          first = false;
          throw new AwsError("DisabledException", "old news");
        }
      },
    });
    assert.deepEqual(await call(run, useBox, { Name: "b" }), { Name: "b" });
  });

  test("gives up after eight conflicts, without an answer but with a record", async () => {
    const run = world({ answer: () => ({ stale: ["box/1"] }) });
    await assert.rejects(call(run, useBox, { Name: "b" }), /newer version/);
    assert.equal(run.commits.length, 9);
    const [last] = run.commits.slice(-1);
    assert.deepEqual(last?.relied, []);
    assert.equal(JSON.parse(last?.records[0] ?? "").errorCode, "KMSInternalException");
  });

  test("records a caller whose credential went while the call was decided again", async () => {
    let times = 0;
    const run = world({
      answer: (attempt) => ({ stale: attempt === 1 ? ["user/a"] : [] }),
      identify() {
        if (++times > 1) throw new AwsError("UnrecognizedClientException", "gone");
        return caller();
      },
    });
    await assert.rejects(call(run, useBox, { Name: "b" }), { name: "UnrecognizedClientException" });
    assert.equal(records(run).at(-1)?.["errorCode"], "UnrecognizedClientException");
  });

  test("gives no answer when the commit fails", async () => {
    const run = world({ answer: () => new Error("disk full") });
    await assert.rejects(call(run, useBox, { Name: "b" }), /disk full/);
  });

  test("DryRun runs the handler but changes nothing", async () => {
    const run = world();
    await assert.rejects(call(run, useBox, { Name: "b", DryRun: true }), {
      name: "DryRunOperationException",
      message: "The request would have succeeded, but the DryRun option is set.",
    });
    assert.deepEqual(run.commits[0]?.change.versions, []);
    assert.equal(records(run)[0]?.["errorCode"], "DryRunOperationException");
  });

  test("a malformed request is recorded without its parameters", async () => {
    const run = world();
    await assert.rejects(call(run, useBox, { Name: "" }), { name: "ValidationException" });
    assert.equal(records(run)[0]?.["requestParameters"], null);
  });

  test("a body that cannot be read is a refusal like any other, recorded", async () => {
    const run = world();
    const unreadable = (): never => {
      throw new AwsError("SerializationException");
    };
    await assert.rejects(call(run, useBox, unreadable), { name: "SerializationException" });
    assert.equal(records(run)[0]?.["errorCode"], "SerializationException");
  });

  test("a fault of ours is recorded as such and keeps its cause", async () => {
    const run = world({
      check() {
        throw new TypeError("bug");
      },
    });
    await assert.rejects(call(run, useBox, { Name: "b" }), { name: "TypeError" });
    assert.equal(records(run)[0]?.["errorCode"], "KMSInternalException");
    assert.equal(records(run)[0]?.["errorMessage"], undefined);
  });

  test("use of another account's thing is recorded in both accounts under one shared id", async () => {
    const thing = { ...box, account: "444455556666" };
    const run = world({ thing });
    await call(run, useBox, { Name: "b" });
    const [mine, theirs] = records(run);
    assert.equal(mine?.["recipientAccountId"], "111122223333");
    assert.equal(theirs?.["recipientAccountId"], "444455556666");
    assert.equal(mine?.["sharedEventID"], theirs?.["sharedEventID"]);
    assert.notEqual(mine?.["eventID"], theirs?.["eventID"]);
    assert.deepEqual(theirs?.["userIdentity"], {
      type: "AWSAccount",
      principalId: "AIDA",
      accountId: "111122223333",
    });
  });

  test("a call that only another thread can answer is handed back: not recorded, not counted", async () => {
    const w = world({
      locate() {
        throw new Elsewhere();
      },
    });
    await assert.rejects(call(w, useBox, { Name: "a" }), Elsewhere);
    assert.deepEqual([w.commits, w.steps], [[], ["locate"]]);
  });

  test("inherited names are no operations", async () => {
    const run = world();
    const hidden = { ...useBox, name: "toString" };
    await assert.rejects(call({ ...run }, { ...hidden, name: "UseBox" }, {}), {
      name: "ValidationException",
    });
    assert.equal(operationMap([useBox])["toString"], undefined);
  });
});

test("forward, and only forward, sets via", () => {
  const context = CallContext.direct(caller(), {
    region: "eu-west-1",
    requestId: "r",
    time: new Date(0),
    connection,
  });
  assert.equal(context.via, undefined);
  const through = context.forward("s3", "request-2");
  assert.equal(through.via, "s3.eu-west-1.amazonaws.com");
  assert.equal(through.caller, context.caller);
  assert.equal(through.requestId, "request-2");
});
