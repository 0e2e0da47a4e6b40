import * as assert from "node:assert/strict";
import { describe, test } from "node:test";
import { compilePolicy } from "../authorization/compile.ts";
import { parsePolicy } from "../authorization/policy-document.ts";
import { AwsError } from "../base/errors.ts";
import { readJson } from "../base/json.ts";
import { randomIds } from "../crypto/random.ts";
import type { Change, Commit } from "../database/commit.ts";
import { NoRoom } from "../database/commit.ts";
import { sql } from "../database/sql.ts";
import { boolean, structure } from "../shape/shape.ts";
import { createInvoke } from "./execute.ts";
import type { AnyOperation, Thing } from "./operation.ts";
import type { Service, Success } from "./registry.ts";
import { operationMap, withoutThings } from "./registry.ts";

const account = "111122223333";
const owner = "444455556666";
const policy = (Principal: object, kind: "identity" | "key") =>
  parsePolicy(
    JSON.stringify({
      Version: "2012-10-17",
      Statement: [{ Effect: "Allow", ...Principal, Action: "*", Resource: "*" }],
    }),
    kind,
  );
const all = compilePolicy(policy({}, "identity"), { kind: "identity", name: "all" });
const open = compilePolicy(policy({ Principal: "*" }, "key"), { kind: "resource", name: "open" });
const thing: Thing = {
  arn: `arn:aws:box:us-east-1:${owner}:box/1`,
  account: owner,
  version: { aggregate: "box/1", version: 1 },
};
const noted: Change = {
  writes: [{ statement: sql`UPDATE notes SET used = 1`, rows: 1 }],
  versions: [],
};

interface World {
  readonly missing?: boolean;
  readonly throttled?: boolean;
  readonly denied?: boolean;
  readonly body?: { readonly DryRun?: boolean };
  /** Commits that find something newer, before one succeeds. */
  readonly stale?: number;
  /** Whether changes find no room on the disk. */
  readonly full?: boolean;
}

/** Calls an operation on a thing of another account, and tells what its service and its committer saw. */
async function call({ missing, throttled, denied, body = {}, stale = 0, full }: World = {}) {
  const steps: string[] = [];
  const commits: Commit[] = [];
  const successes: Success[] = [];
  const operation: AnyOperation = {
    name: "UseBox",
    readOnly: true,
    input: structure({ DryRun: boolean }),
    output: structure({}),
    keys: { box: { locate: () => "box", action: "box:UseBox", crossAccount: true } },
    audit: { request: [] },
    handle: () => ({ output: {} }),
  };
  const service: Service = {
    ...withoutThings,
    wire: { signingName: "box", protocol: "json", operationNames: ["UseBox"] },
    eventSource: "box.amazonaws.com",
    thingType: "AWS::Box",
    operations: operationMap([operation]),
    tools: undefined,
    async locate() {
      if (missing === true) throw new AwsError("NotFoundException", "no box");
      return thing;
    },
    protection() {
      steps.push("authorize");
      const policies =
        denied === true ? {} : { resource: { policy: open, trust: "either" as const } };
      return { policies, owner, conditions: () => ({}) };
    },
    check: () => undefined,
    admit(name, _input, things) {
      steps.push(`admit ${name} ${Object.keys(things).join()}`);
      if (throttled === true) throw new AwsError("ThrottlingException", "too fast");
    },
    note(success) {
      successes.push(success);
      return { change: noted, durable: () => steps.push("durable") };
    },
  };
  const invoke = createInvoke({
    services: new Map([["box", service]]),
    committer: {
      async submit(commit) {
        if (full === true && commit.change.writes.length > 0) throw new NoRoom("the disk is full");
        commits.push(commit);
        steps.push("commit");
        return { stale: commits.length > stale ? [] : ["box/1"] };
      },
    },
    clock: () => new Date(0),
    ids: randomIds,
    forget: () => undefined,
  });
  const [answered] = await Promise.allSettled([
    invoke({
      service: "box",
      operation: "UseBox",
      region: "us-east-1",
      body: () => ({ ...body }),
      requestId: "r",
      connection: { sourceIp: "192.0.2.1", userAgent: "", host: "", secure: false },
      identify: async () => ({
        principal: { type: "User", arn: "arn:aws:iam::111122223333:user/a", account, userId: "A" },
        accessKeyId: "AKIA",
        identityPolicies: [all],
        tags: {},
        versions: [],
      }),
    }),
  ]);
  const records = commits.flatMap((commit) => commit.records.map((each) => readJson(each)));
  const error: unknown = answered.status === "rejected" ? answered.reason : undefined;
  return { steps, commits, successes, records, error };
}

type Fields = Readonly<Record<string, unknown>>;

describe("counting a call", () => {
  test("comes after permission, with the things that the call touches", async () => {
    const { steps } = await call();
    assert.deepEqual(steps, ["authorize", "admit UseBox box", "commit", "durable"]);
  });

  test("a call too many is refused and recorded, whatever the caller may do", async () => {
    for (const denied of [false, true]) {
      const { steps, records, error } = await call({ throttled: true, denied });
      assert.ok(error instanceof AwsError && error.code === "ThrottlingException");
      assert.deepEqual(steps, ["authorize", `admit UseBox ${denied ? "" : "box"}`, "commit"]);
      assert.equal((records[0] as Fields)["errorCode"], "ThrottlingException");
    }
  });

  test("a refused call counts as if it named nothing, whether the thing is missing or forbidden", async () => {
    const found = await call({ missing: true });
    assert.deepEqual(found.steps, ["admit UseBox ", "commit"]);
    assert.equal((found.error as AwsError).code, "NotFoundException");
    const forbidden = await call({ denied: true });
    assert.deepEqual(forbidden.steps, ["authorize", "admit UseBox ", "commit"]);
    assert.equal((forbidden.error as AwsError).code, "AccessDeniedException");
    const throttled = await call({ missing: true, throttled: true });
    assert.equal((throttled.error as AwsError).code, "ThrottlingException");
  });

  test("a call counts once, however often it is decided", async () => {
    const { steps } = await call({ stale: 3 });
    assert.equal(steps.filter((step) => step.startsWith("admit")).length, 1);
    assert.equal(steps.filter((step) => step === "commit").length, 4);
  });
});

describe("the note of a call", () => {
  test("is part of its commit, and durable only once that is", async () => {
    const { commits, steps } = await call({ stale: 2 });
    assert.deepEqual(
      commits.map(({ change }) => change.writes),
      [noted.writes, noted.writes, noted.writes],
    );
    assert.deepEqual(steps.filter((step) => step !== "authorize").slice(-2), ["commit", "durable"]);
    assert.equal(steps.filter((step) => step === "durable").length, 1);
  });

  test("waits for another call where the disk has no room for it: the call goes on with its record", async () => {
    const { commits, steps, error } = await call({ full: true });
    assert.equal(error, undefined);
    assert.deepEqual(
      commits.map(({ change, records }) => [change.writes.length, records.length]),
      [[0, 2]],
    );
    assert.ok(!steps.includes("durable"));
  });

  test("knows the records that the accounts of caller and thing get", async () => {
    const { successes, records } = await call();
    const [success] = successes;
    assert.ok(success !== undefined && records.length === 2);
    assert.deepEqual([success.operation, success.things], ["UseBox", [thing]]);
    for (const record of records as readonly Fields[])
      assert.equal(success.eventIdFor(String(record["recipientAccountId"])), record["eventID"]);
  });

  test("is not asked for when the call was refused or rehearsed", async () => {
    for (const world of [
      { throttled: true },
      { denied: true, missing: true },
      { body: { DryRun: true } },
    ]) {
      const { successes, commits, steps } = await call(world);
      assert.deepEqual(successes, []);
      assert.deepEqual(
        commits.map(({ change }) => change.writes),
        [[]],
      );
      assert.ok(!steps.includes("durable"));
    }
  });
});
