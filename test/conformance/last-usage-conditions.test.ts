import * as assert from "node:assert/strict";
import { describe, test } from "node:test";
import type { KMS } from "@aws-sdk/client-kms";
import { explainDecision } from "../../src/composition/explain.ts";
import { askNobody } from "../../src/composition/root-sources.ts";
import {
  connect,
  createKey,
  day,
  keyPolicy,
  openServer,
  refused,
  region,
  userArn,
} from "./support.ts";

const Plaintext = Buffer.from("plaintext");

describe("kms:TrailingDaysWithoutKeyUsage", () => {
  /** A key that may be disabled and scheduled for deletion only after so many days without use. */
  const idleFor = (days: number): string =>
    keyPolicy({
      Effect: "Deny",
      Principal: "*",
      Action: ["kms:DisableKey", "kms:ScheduleKeyDeletion"],
      Condition: { NumericLessThan: { "kms:TrailingDaysWithoutKeyUsage": String(days) } },
    });

  for (const [operation, call] of [
    ["DisableKey", (kms: KMS, KeyId: string) => kms.disableKey({ KeyId })],
    ["ScheduleKeyDeletion", (kms: KMS, KeyId: string) => kms.scheduleKeyDeletion({ KeyId })],
  ] as const) {
    test(`${operation}: a key that was never used counts since its creation`, async () => {
      const server = await openServer();
      const { id } = await createKey(connect(server), { Policy: idleFor(90) });
      for (const offset of [0, 90 * day - 60_000]) {
        server.clock.offset = offset;
        await refused(call(connect(server), id), "AccessDeniedException", /explicit deny/);
      }
      server.clock.offset = 90 * day;
      await call(connect(server), id);
    });

    test(`${operation}: a use begins the count anew`, async () => {
      const server = await openServer();
      const { id: KeyId } = await createKey(connect(server), { Policy: idleFor(2) });
      server.clock.offset = 3 * day;
      await connect(server).encrypt({ KeyId, Plaintext });
      for (const offset of [3 * day, 5 * day - 60_000]) {
        server.clock.offset = offset;
        await refused(call(connect(server), KeyId), "AccessDeniedException", /explicit deny/);
      }
      await server.restart();
      await refused(call(connect(server), KeyId), "AccessDeniedException", /explicit deny/);
      server.clock.offset = 5 * day;
      await call(connect(server), KeyId);
    });
  }

  test("explain knows the days of a key, too", async () => {
    const server = await openServer();
    const ask = { ask: askNobody };
    for (const [days, decision] of [
      [1, "deny"],
      [0, "allow"],
    ] as const) {
      const { arn: resource } = await createKey(connect(server), { Policy: idleFor(days) });
      const question = {
        principal: userArn("admin"),
        action: "kms:DisableKey",
        resource,
        region,
        encryptionContext: {},
        conditions: {},
      };
      const explanation = await explainDecision(server.config, question, ask);
      assert.equal(explanation.decision, decision);
    }
  });

  test("other operations have no such key", async () => {
    const server = await openServer();
    const Policy = keyPolicy({
      Effect: "Deny",
      Principal: "*",
      Action: "kms:EnableKey",
      Condition: { Null: { "kms:TrailingDaysWithoutKeyUsage": "false" } },
    });
    const { id: KeyId } = await createKey(connect(server), { Policy });
    await connect(server).enableKey({ KeyId });
  });
});
