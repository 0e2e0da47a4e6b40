import * as assert from "node:assert/strict";
import { before, describe, test } from "node:test";
import type { KMS } from "@aws-sdk/client-kms";
import type { TestServer } from "../support/keywright.ts";
import { proveRecord } from "./audit-support.ts";
import type { Ready, Use } from "./key-uses.ts";
import { uses } from "./key-uses.ts";
import type { NewKey } from "./support.ts";
import {
  aliasArn,
  auditOf,
  connect,
  createKey,
  denial,
  keyArn,
  keyPolicy,
  missingId,
  openServer,
  otherAccount,
  refused,
  rootArn,
  userArn,
} from "./support.ts";

const dryRunText = "The request would have succeeded, but the DryRun option is set.";

for (const use of uses)
  describe(`${use.operation}: the rules of all uses of key pairs and MAC keys`, () => {
    let server: TestServer;
    let kms: KMS;
    let nobody: KMS;
    let key: NewKey;
    let ready: Ready;
    before(async () => {
      server = await openServer();
      kms = connect(server);
      nobody = connect(server, "nobody");
      key = await createKey(kms, use.kind);
      ready = await use.prepare(kms, key.id);
    });

    test("the key is named by id, ARN, alias or alias ARN, and answered by ARN", async () => {
      await kms.createAlias({ AliasName: "alias/used", TargetKeyId: key.id });
      for (const KeyId of [key.id, key.arn, "alias/used", aliasArn("alias/used")])
        assert.equal((await ready(kms, KeyId)).KeyId, key.arn);
    });

    test("a key that is missing is not found", async () => {
      const text = `Key '${keyArn(missingId)}' does not exist`;
      await refused(ready(kms, missingId), "NotFoundException", text);
      await refused(ready(kms, "odd"), "NotFoundException", "Invalid keyId 'odd'");
      await refused(
        ready(kms, "alias/none"),
        "NotFoundException",
        `Alias ${aliasArn("alias/none")} is not found.`,
      );
    });

    test("it needs permission, by policy or by a grant for it", async () => {
      const text = denial(userArn("nobody"), use.operation, key.arn, "identity-based");
      await refused(ready(nobody, key.id), "AccessDeniedException", text);
      const grant = { KeyId: key.id, GranteePrincipal: userArn("nobody") };
      await kms.createGrant({ ...grant, Operations: ["DescribeKey"] });
      await refused(ready(nobody, key.id), "AccessDeniedException", text);
      const { GrantId, GrantToken = "" } = await kms.createGrant({
        ...grant,
        Operations: [use.operation],
      });
      await ready(nobody, key.id);
      await ready(nobody, key.id, { GrantTokens: [GrantToken] });
      await kms.revokeGrant({ KeyId: key.id, GrantId });
      await refused(ready(nobody, key.id), "AccessDeniedException", text);
      await refused(
        ready(kms, key.id, { GrantTokens: [GrantToken] }),
        "InvalidGrantTokenException",
        /./,
      );
    });

    test("the trail holds what was asked for, and no message, key or result", async () => {
      await ready(kms, key.arn);
      const underSymmetric = use.operation.startsWith("GenerateDataKeyPair");
      await proveRecord(server, use.operation, {
        request: { keyId: key.arn, ...use.recorded },
        ...(underSymmetric ? { evidence: { keyMaterialId: key.material } } : {}),
        resources: [key.arn],
        readOnly: true,
      });
    });

    test("another account that the key policy allows may use it; both accounts have the record", async () => {
      const shared = await createKey(kms, {
        ...use.kind,
        Policy: keyPolicy({
          Principal: { AWS: rootArn(otherAccount) },
          Action: `kms:${use.operation}`,
        }),
      });
      const call = await use.prepare(kms, shared.id);
      const other = connect(server, "other");
      assert.equal((await call(other, shared.arn)).KeyId, shared.arn);
      const [own, copy] = (await auditOf(server, use.operation)).slice(-2);
      assert.deepEqual([own?.["recipientAccountId"], copy?.["recipientAccountId"]].toSorted(), [
        "111122223333",
        "444455556666",
      ]);
      assert.ok(own?.["sharedEventID"]);
      assert.equal(own["sharedEventID"], copy?.["sharedEventID"]);
      await refused(
        ready(other, key.arn),
        "AccessDeniedException",
        denial(userArn("admin", otherAccount), use.operation, key.arn, "resource-based"),
      );
    });

    if (use.operation !== "GetPublicKey")
      test("a DryRun answers by an error, and is recorded as one", async () => {
        const dry = { DryRun: true };
        await refused(ready(kms, key.id, dry), "DryRunOperationException", dryRunText);
        const record = (await auditOf(server, use.operation)).at(-1);
        assert.equal(record?.["errorCode"], "DryRunOperationException");
        await refused(
          ready(nobody, key.id, dry),
          "AccessDeniedException",
          denial(userArn("nobody"), use.operation, key.arn, "identity-based"),
        );
        await ready(kms, key.id, { DryRun: false });
      });

    test("each state of the key answers as AWS's table says (facts 4.2)", async () => {
      await stateTable(kms, use);
    });

    test("keys and results outlive a restart", async () => {
      await server.restart();
      kms = connect(server);
      assert.equal((await ready(kms, key.id)).KeyId, key.arn);
    });
  });

async function stateTable(kms: KMS, use: Use): Promise<void> {
  const { id, arn } = await createKey(kms, use.kind);
  const call = await use.prepare(kms, id);
  await kms.disableKey({ KeyId: id });
  if (use.operation === "GetPublicKey") await call(kms, id);
  else await refused(call(kms, id), "DisabledException", `${arn} is disabled.`);
  await kms.scheduleKeyDeletion({ KeyId: id });
  await refused(call(kms, id), "KMSInvalidStateException", `${arn} is pending deletion.`);
  await kms.cancelKeyDeletion({ KeyId: id });
  await kms.enableKey({ KeyId: id });
  await call(kms, id);
  // Keys of ML-KEM cannot be imported.
  if (use.kind.KeySpec === "ML_KEM_512") return;
  const empty = await createKey(kms, { ...use.kind, Origin: "EXTERNAL" });
  const text = `${empty.arn} is pending import.`;
  await refused(call(kms, empty.id), "KMSInvalidStateException", text);
}
