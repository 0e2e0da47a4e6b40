import * as assert from "node:assert/strict";
import { before, describe, test } from "node:test";
import type { Caller } from "../../src/api/context.ts";
import { CallContext } from "../../src/api/context.ts";
import { createInvoke } from "../../src/api/execute.ts";
import type { Invoke } from "../../src/api/invoke.ts";
import type { AnyOperation } from "../../src/api/operation.ts";
import type { Service } from "../../src/api/registry.ts";
import { compilePolicy } from "../../src/authorization/compile.ts";
import { parsePolicy } from "../../src/authorization/policy-document.ts";
import { AwsError } from "../../src/base/errors.ts";
import { withDeployment } from "../../src/composition/deployment.ts";
import { askNobody } from "../../src/composition/root-sources.ts";
import { openServices } from "../../src/composition/services.ts";
import { randomIds } from "../../src/crypto/random.ts";
import { openServer, userArn } from "../conformance/support.ts";
import type { TestServer } from "../support/keywright.ts";
import { account } from "../support/keywright.ts";
import { noRecords } from "../support/no-records.ts";
import type { Named } from "./requests.ts";
import { requestOf } from "./requests.ts";
import { madeThings } from "./things.ts";

const region = "us-east-1";
const connection = { sourceIp: "127.0.0.1", userAgent: "", host: "", secure: true };

/** Who calls it is not told by policies of its own. */
const unsigned = ["AssumeRoleWithWebIdentity"];
/** Operations that everybody may call. */
const free = ["GetCallerIdentity", "GetSessionToken"];

/** What operations demand whose permission is not called as they are. */
const differently: Readonly<Record<string, readonly string[]>> = {
  ReEncrypt: ["kms:ReEncryptFrom", "kms:ReEncryptTo"],
  ReplicateKey: ["kms:ReplicateKey", "kms:CreateKey"],
  HeadBucket: ["s3:ListBucket"],
  HeadObject: ["s3:GetObject"],
  ListBuckets: ["s3:ListAllMyBuckets"],
  ListObjects: ["s3:ListBucket"],
  ListObjectsV2: ["s3:ListBucket"],
};

interface Row {
  readonly service: string;
  readonly operation: AnyOperation;
  /** The actions that it demands, each once. */
  readonly demanded: readonly string[];
}

interface Matrix {
  readonly rows: readonly Row[];
  /** Whether a caller with this identity policy is let through. */
  readonly isAllowed: (row: Row, caller: Caller) => Promise<boolean>;
}

/** A user with this one identity policy. */
function callerWith(statement: object): Caller {
  const document = parsePolicy(
    JSON.stringify({
      Version: "2012-10-17",
      Statement: { Effect: "Allow", Resource: "*", ...statement },
    }),
    "identity",
  );
  const arn = userArn("matrix");
  return {
    principal: { type: "User", arn, account, userId: "AIDAMATRIXMATRIX" },
    userName: "matrix",
    accessKeyId: "AKIAMATRIXMATRIX",
    identityPolicies: [compilePolicy(document, { kind: "identity", name: "matrix" })],
    tags: {},
    versions: [],
  };
}

function rowsOf(services: readonly Service[], named: Named): readonly Row[] {
  const context = CallContext.direct(callerWith({ Action: "none:None" }), {
    ...{ region, requestId: "", time: new Date(), connection },
  });
  return services.flatMap(({ wire, operations }) =>
    Object.values(operations)
      .filter(({ name }) => !unsigned.includes(name))
      .map((operation) => ({
        service: wire.signingName,
        operation,
        demanded: demandedBy(operation, requestOf(operation, named), context),
      })),
  );
}

function demandedBy(
  { keys, identity = [] }: AnyOperation,
  input: object,
  context: CallContext,
): readonly string[] {
  const ofThings = Object.values(keys).flatMap(({ action, further }) => [
    action,
    ...(further?.(input, context) ?? []),
  ]);
  const ofCaller = identity
    .filter(({ when }) => when === undefined || when(input))
    .map(({ action }) => action);
  return [...new Set([...ofThings, ...ofCaller])];
}

function isAllowedBy(invoke: Invoke, named: Named): Matrix["isAllowed"] {
  return async ({ service, operation }, caller) => {
    try {
      await invoke({
        service,
        operation: operation.name,
        region,
        body: () => requestOf(operation, named),
        requestId: "",
        connection,
        identify: () => Promise.resolve(caller),
      });
      return true;
    } catch (error) {
      if (!(error instanceof AwsError)) throw error;
      return error.code !== "AccessDeniedException";
    }
  };
}

/** Lends the pipeline over what the server has stored. Nothing becomes durable: every cell finds the same things. */
async function withMatrix(
  server: TestServer,
  named: Named,
  work: (matrix: Matrix) => Promise<void>,
): Promise<void> {
  await withDeployment(
    server.config,
    async (deployment, reader) => {
      const config = { ...server.config, requestRateFactor: 1_000_000 };
      const { all } = openServices(deployment, reader, config, { around: noRecords });
      const invoke = createInvoke({
        services: new Map(all.map((service) => [service.wire.signingName, service])),
        committer: { submit: () => Promise.resolve({ stale: [] }) },
        clock: () => new Date(),
        ids: randomIds,
        forget: () => undefined,
      });
      await work({ rows: rowsOf(all, named), isAllowed: isAllowedBy(invoke, named) });
    },
    askNobody,
  );
}

describe("operations and permissions", () => {
  let server: TestServer;
  let named: Named;
  before(async () => {
    server = await openServer();
    named = await madeThings(server);
  });

  test("every operation but the free ones demands a permission", () =>
    withMatrix(server, named, async ({ rows }) => {
      assert.ok(rows.length > 200, `${rows.length} operations`);
      const demandless = rows.filter(({ demanded }) => demanded.length === 0);
      assert.deepEqual(demandless.map(({ operation }) => operation.name).toSorted(), free);
    }));

  test("an operation demands the permission of its own name", () =>
    withMatrix(server, named, async ({ rows }) => {
      const demanding = rows.filter(({ operation }) => !free.includes(operation.name));
      for (const { service, operation, demanded } of demanding)
        assert.deepEqual(demanded, differently[operation.name] ?? [`${service}:${operation.name}`]);
    }));

  test("who may do all but one thing is refused where that is demanded", () =>
    withMatrix(server, named, async ({ rows, isAllowed }) => {
      const passed: string[] = [];
      for (const row of rows)
        for (const NotAction of row.demanded)
          if (await isAllowed(row, callerWith({ NotAction })))
            passed.push(`${row.operation.name} without ${NotAction}`);
      assert.deepEqual(passed, []);
    }));

  test("who may do just what is demanded is not refused", () =>
    withMatrix(server, named, async ({ rows, isAllowed }) => {
      const refused: string[] = [];
      for (const row of rows) {
        const Action = row.demanded.length === 0 ? "none:None" : row.demanded;
        if (!(await isAllowed(row, callerWith({ Action })))) refused.push(row.operation.name);
      }
      assert.deepEqual(refused, []);
    }));

  test("of all single permissions exactly the one that is demanded allows an operation", () =>
    withMatrix(server, named, async ({ rows, isAllowed }) => {
      const actions = [...new Set(rows.flatMap(({ demanded }) => demanded))];
      const callers = actions.map((Action) => ({ Action, caller: callerWith({ Action }) }));
      const demanding = rows.filter(({ demanded }) => demanded.length > 0);
      const wrong: string[] = [];
      for (const row of demanding)
        for (const { Action, caller } of callers) {
          const wanted = row.demanded.every((each) => each === Action);
          if ((await isAllowed(row, caller)) !== wanted)
            wrong.push(`${row.operation.name} with ${Action}`);
        }
      assert.deepEqual(wrong, []);
    }));
});
