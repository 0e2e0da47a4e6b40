import * as assert from "node:assert/strict";
import { before, describe, test } from "node:test";
import type { KMS } from "@aws-sdk/client-kms";
import type { JsonObject } from "../../src/base/json.ts";
import type { TestServer, TestUser } from "../support/keywright.ts";
import { callRaw, sendRaw } from "../support/wire.ts";
import { auditOf, connect, createKey, keyPolicy, openServer, userArn } from "./support.ts";

const Plaintext = Buffer.from("a secret").toString("base64");
const throttled = {
  ["__type"]: "ThrottlingException",
  message:
    "You have exceeded the rate at which you may call KMS. Reduce the frequency of your calls.",
};

type Entry = readonly [operation: string, input: JsonObject, id?: string];
interface Result {
  readonly Id?: string;
  readonly RequestId: string;
  readonly Output?: Readonly<Record<string, unknown>>;
  readonly Error?: Readonly<Record<string, unknown>>;
}

interface EncryptParameters {
  readonly encryptionContext: JsonObject;
}

describe("batches (docs/batching.md)", () => {
  let server: TestServer;
  let kms: KMS;
  let KeyId: string;
  before(async () => {
    server = await openServer();
    kms = connect(server);
    KeyId = (await createKey(kms)).id;
  });

  /** Sends a batch, which must be answered as one. */
  async function send(
    entries: readonly Entry[],
    { at = server, user = "admin" }: { readonly at?: TestServer; readonly user?: TestUser } = {},
  ): Promise<{ readonly requestId: string; readonly results: readonly Result[] }> {
    const Entries = entries.map(([Operation, Input, Id]) => ({ Operation, Input, Id }));
    const body = JSON.stringify({ Entries });
    const { status, headers, text } = await sendRaw(at, user, "KeywrightService.Batch", body);
    assert.equal(status, 200, text);
    const { Results } = JSON.parse(text) as { readonly Results: readonly Result[] };
    assert.equal(Results.length, entries.length);
    return { requestId: String(headers.get("x-amzn-requestid")), results: Results };
  }
  const errors = (results: readonly Result[]): readonly unknown[] =>
    results.map(({ Error: error }) => error?.["__type"]);

  test("a batch answers what its calls would have answered alone, in their order", async () => {
    const EncryptionContext = { tenant: "a" };
    const encrypted = await send([["Encrypt", { KeyId, Plaintext, EncryptionContext }]]);
    const CiphertextBlob = String(encrypted.results[0]?.Output?.["CiphertextBlob"]);
    const opened = await kms.decrypt({
      CiphertextBlob: Buffer.from(CiphertextBlob, "base64"),
      EncryptionContext,
    });
    assert.equal(Buffer.from(opened.Plaintext ?? []).toString("base64"), Plaintext);
    const { results } = await send([
      ["Decrypt", { CiphertextBlob, EncryptionContext }, "opened"],
      ["GenerateDataKey", { KeyId, KeySpec: "AES_256" }, "data key"],
      ["Encrypt", { KeyId, Plaintext }],
    ]);
    assert.deepEqual(
      results.map(({ Id }) => Id),
      ["opened", "data key", undefined],
    );
    const alone = await callRaw(
      server,
      "admin",
      "Decrypt",
      JSON.stringify({ CiphertextBlob, EncryptionContext }),
    );
    assert.deepEqual(results[0]?.Output, JSON.parse(alone.text));
    const { Plaintext: dataKey, CiphertextBlob: sealed } = results[1]?.Output ?? {};
    const again = await kms.decrypt({ CiphertextBlob: Buffer.from(String(sealed), "base64") });
    assert.equal(Buffer.from(again.Plaintext ?? []).toString("base64"), dataKey);
    assert.deepEqual(Object.keys(results[2]?.Output ?? {}).toSorted(), [
      "CiphertextBlob",
      "EncryptionAlgorithm",
      "KeyId",
    ]);
  });

  test("each entry fails as it would alone, and leaves the others alone", async () => {
    const failing: readonly (readonly [string, JsonObject])[] = [
      ["Encrypt", { KeyId: "alias/none", Plaintext }],
      ["Encrypt", { KeyId }],
      ["Encrypt", { KeyId, Plaintext: 1 }],
      ["Encrypt", { KeyId, Plaintext: "not base64!" }],
      ["Decrypt", { CiphertextBlob: Plaintext }],
      ["GenerateDataKey", { KeyId }],
      ["GenerateDataKey", { KeyId, KeySpec: "AES_256", NumberOfBytes: 32 }],
      ["Encrypt", { KeyId, Plaintext, DryRun: true }],
    ];
    const { results } = await send(
      failing.flatMap((each): readonly Entry[] => [each, ["Encrypt", { KeyId, Plaintext }]]),
    );
    for (const [index, [operation, input]] of failing.entries()) {
      const alone = await callRaw(server, "admin", operation, JSON.stringify(input));
      assert.notEqual(alone.status, 200, operation);
      assert.deepEqual(results[index * 2]?.Error, JSON.parse(alone.text));
      assert.ok(results[index * 2 + 1]?.Output?.["CiphertextBlob"]);
    }
    assert.equal(results.at(-2)?.Error?.["__type"], "DryRunOperationException");
  });

  test("each entry has an audit record of its own, which names its batch", async () => {
    const own = (await createKey(kms)).arn;
    const { requestId, results } = await send([
      ["Encrypt", { KeyId: own, Plaintext, EncryptionContext: { place: "0" } }],
      ["ListKeys", {}],
      ["Encrypt", { KeyId: own, Plaintext: "", EncryptionContext: { place: "2" } }],
      ["Encrypt", { KeyId: own, Plaintext, EncryptionContext: { place: "3" } }],
    ]);
    const all = await auditOf(server, "Encrypt");
    const records = all.filter((record) => batchOf(record) === requestId);
    // The log puts calls that change something before the others of a commit.
    const told = results.map(({ RequestId }) => {
      const [record] = records.filter(({ requestID }) => requestID === RequestId);
      const parameters = record?.["requestParameters"] as EncryptParameters | null | undefined;
      return record && [parameters?.encryptionContext["place"], record["errorCode"]];
    });
    assert.deepEqual(told, [
      ["0", undefined],
      undefined,
      [undefined, "ValidationException"],
      ["3", undefined],
    ]);
    assert.equal(records.length, 3);
    assert.equal(new Set(records.map(({ eventID }) => eventID)).size, 3);
    const [succeeded] = records.filter(({ errorCode }) => errorCode === undefined);
    const evidence = succeeded?.["additionalEventData"] as JsonObject | undefined;
    assert.ok(evidence?.["keyMaterialId"], "what a single call tells is there, too");
    await kms.encrypt({ KeyId: own, Plaintext: Buffer.of(1) });
    const single = (await auditOf(server, "Encrypt")).at(-1);
    assert.equal(batchOf(single), undefined);
  });

  test("each entry is authorized by itself, with its own values of condition keys", async () => {
    const key = await createKey(kms, {
      Policy: keyPolicy({
        Principal: { AWS: userArn("encryptor") },
        Action: "kms:Encrypt",
        Condition: { StringEquals: { "kms:EncryptionContext:tenant": "a" } },
      }),
    });
    const entry = (tenant: string, keyId = key.id): Entry => [
      "Encrypt",
      { KeyId: keyId, Plaintext, EncryptionContext: { tenant } },
    ];
    const { results } = await send(
      [
        entry("a"),
        entry("b"),
        entry("a"),
        entry("a", KeyId),
        ["GenerateDataKey", { KeyId: key.id, KeySpec: "AES_256" }],
      ],
      { user: "encryptor" },
    );
    const denied = "AccessDeniedException";
    assert.deepEqual(errors(results), [undefined, denied, undefined, denied, denied]);
    assert.equal(typeof results[1]?.Error?.["AuthorizationMessage"], "string");
    assert.match(
      String(results[1]?.Error?.["Message"]),
      /is not authorized to perform: kms:Encrypt/,
    );
  });

  test("who may do nothing may send a batch, and every entry is refused", async () => {
    const { results } = await send(
      [
        ["Encrypt", { KeyId, Plaintext }],
        ["Encrypt", { KeyId, Plaintext }],
      ],
      { user: "nobody" },
    );
    assert.deepEqual(errors(results), ["AccessDeniedException", "AccessDeniedException"]);
  });

  test("a grant that was revoked allows no entry of a later batch", async () => {
    const { id } = await createKey(kms);
    const { GrantId } = await kms.createGrant({
      KeyId: id,
      GranteePrincipal: userArn("nobody"),
      Operations: ["GenerateDataKey"],
    });
    const arn = (await kms.describeKey({ KeyId: id })).KeyMetadata?.Arn ?? "";
    const entries: readonly Entry[] = [
      ["GenerateDataKey", { KeyId: arn, KeySpec: "AES_256" }],
      ["Encrypt", { KeyId: arn, Plaintext }],
    ];
    const denied = "AccessDeniedException";
    const granted = await send(entries, { user: "nobody" });
    assert.deepEqual(errors(granted.results), [undefined, denied]);
    await kms.revokeGrant({ KeyId: id, GrantId });
    const revoked = await send(entries, { user: "nobody" });
    assert.deepEqual(errors(revoked.results), [denied, denied]);
  });

  test("a key that is disabled while batches run encrypts nothing once that was answered", async () => {
    const { id } = await createKey(kms);
    const entries = Array.from({ length: 50 }, (): Entry => ["Encrypt", { KeyId: id, Plaintext }]);
    const during = [1, 2, 3].map(() => send(entries));
    await kms.disableKey({ KeyId: id });
    const afterwards = await send(entries);
    assert.deepEqual(new Set(errors(afterwards.results)), new Set(["DisabledException"]));
    for (const { results } of await Promise.all(during))
      for (const code of errors(results))
        assert.ok([undefined, "DisabledException"].includes(code as undefined));
  });

  test("each entry counts against the quotas of its caller", async () => {
    const slow = await openServer(undefined, [["--request-rate-factor", "0.001"]]);
    const rsa = { KeySpec: "RSA_2048", KeyUsage: "ENCRYPT_DECRYPT" } as const;
    const { id } = await createKey(connect(slow), rsa);
    const input = { KeyId: id, Plaintext, EncryptionAlgorithm: "RSAES_OAEP_SHA_256" };
    const entry: Entry = ["Encrypt", input];
    const { results } = await send([entry, entry, entry], { at: slow });
    assert.ok(results[0]?.Output);
    assert.deepEqual(
      results.slice(1).map(({ Error: error }) => error),
      [throttled, throttled],
    );
  });
});

function batchOf(record: JsonObject | undefined): unknown {
  const evidence = record?.["additionalEventData"] as JsonObject | undefined;
  return evidence?.["batchRequestID"];
}
