import * as assert from "node:assert/strict";
import type { JsonObject } from "../../src/base/json.ts";
import type { TestServer } from "../support/keywright.ts";
import { account, auditOf } from "./support.ts";

/** What of a record depends on the operation; resources are ARNs. */
export interface Recorded {
  readonly request: JsonObject | null;
  readonly response?: JsonObject | null;
  readonly evidence?: JsonObject;
  /** Undefined where the record has none. */
  readonly resources: readonly string[] | undefined;
  readonly readOnly?: boolean;
}

/** The last record of an operation. */
export async function lastRecord(server: TestServer, eventName: string): Promise<JsonObject> {
  const record = (await auditOf(server, eventName)).at(-1);
  assert.ok(record);
  return record;
}

/** Proves what the last record of an operation that succeeded says. */
export async function proveRecord(
  server: TestServer,
  operation: string,
  expected: Recorded,
): Promise<void> {
  const record = await lastRecord(server, operation);
  const found = {
    requestParameters: record["requestParameters"],
    responseElements: record["responseElements"],
    additionalEventData: record["additionalEventData"],
    readOnly: record["readOnly"],
    resources: record["resources"],
    errorCode: record["errorCode"],
  };
  assert.deepEqual(found, {
    requestParameters: expected.request,
    responseElements: expected.response ?? null,
    additionalEventData: expected.evidence,
    readOnly: expected.readOnly ?? false,
    resources: expected.resources?.map((ARN) => ({
      accountId: account,
      type: "AWS::KMS::Key",
      ARN,
    })),
    errorCode: undefined,
  });
}
