import * as assert from "node:assert/strict";
import { before, describe, test } from "node:test";
import type { TestServer, TestUser } from "../support/keywright.ts";
import type { WireAnswer } from "../support/wire.ts";
import { callRaw } from "../support/wire.ts";
import { connect, createKey, keyArn, missingId, openServer, userArn } from "./support.ts";

describe("what goes over the wire (facts 1)", () => {
  let server: TestServer;
  let key: string;
  before(async () => {
    server = await openServer();
    key = (await createKey(connect(server))).id;
  });
  const call = (operation: string, input: unknown, user: TestUser = "admin"): Promise<WireAnswer> =>
    callRaw(server, user, operation, typeof input === "string" ? input : JSON.stringify(input));

  test("an answer is JSON 1.1 with a request id", async () => {
    const { status, headers, text } = await call("DescribeKey", { KeyId: key });
    assert.equal(status, 200);
    assert.equal(headers.get("content-type"), "application/x-amz-json-1.1");
    assert.match(
      headers.get("x-amzn-requestid") ?? "",
      /^[0-9a-f]{8}-[0-9a-f]{4}-4[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$/,
    );
    assert.equal(Number(headers.get("content-length")), Buffer.byteLength(text));
  });

  test("dates are epoch seconds, with a fraction where there is one", async () => {
    const { text } = await call("CreateKey", {});
    const date: unknown = JSON.parse(text).KeyMetadata.CreationDate;
    assert.ok(typeof date === "number" && Math.abs(date - Date.now() / 1000) < 60);
    assert.match(text, /"CreationDate":\d{10}(\.\d{1,3})?,/);
  });

  test("absent members are left out, never null", async () => {
    const { GrantId } = await connect(server).createGrant({
      KeyId: key,
      GranteePrincipal: userArn("nobody"),
      Operations: ["Encrypt"],
    });
    for (const [operation, input] of [
      ["DescribeKey", { KeyId: key }],
      ["ListAliases", {}],
      ["ListGrants", { KeyId: key, GrantId }],
      ["ListKeyRotations", { KeyId: key, IncludeKeyMaterial: "ALL_KEY_MATERIAL" }],
      ["GetKeyRotationStatus", { KeyId: key }],
    ] as const)
      assert.doesNotMatch((await call(operation, input)).text, /null/);
    const { text } = await call("GetKeyRotationStatus", { KeyId: key });
    assert.deepEqual(JSON.parse(text), { KeyId: key, KeyRotationEnabled: false });
  });

  test("operations without output answer with a body of no bytes", async () => {
    const alias = { AliasName: "alias/void", TargetKeyId: key };
    for (const [operation, input] of [
      ["CreateAlias", alias],
      ["UpdateAlias", alias],
      ["DeleteAlias", { AliasName: "alias/void" }],
      ["DisableKey", { KeyId: key }],
      ["EnableKey", { KeyId: key }],
      ["EnableKeyRotation", { KeyId: key }],
      ["DisableKeyRotation", { KeyId: key }],
      ["TagResource", { KeyId: key, Tags: [{ TagKey: "a", TagValue: "b" }] }],
      ["UntagResource", { KeyId: key, TagKeys: ["a"] }],
      ["UpdateKeyDescription", { KeyId: key, Description: "" }],
    ] as const) {
      const { status, headers, text } = await call(operation, input);
      assert.deepEqual([status, headers.get("content-length"), text], [200, "0", ""], operation);
      assert.equal(headers.get("content-type"), "application/x-amz-json-1.1");
    }
  });

  test("an error is __type and message; access denied alone spells it Message", async () => {
    for (const [operation, input, user, body] of [
      [
        "DescribeKey",
        { KeyId: missingId },
        "admin",
        { __type: "NotFoundException", message: `Key '${keyArn(missingId)}' does not exist` },
      ],
      [
        "GenerateRandom",
        {},
        "admin",
        { __type: "ValidationException", message: "NumberOfBytes is required." },
      ],
      [
        "ListKeys",
        {},
        "nobody",
        {
          __type: "AccessDeniedException",
          Message: `User: ${userArn("nobody")} is not authorized to perform: kms:ListKeys on resource: * because no identity-based policy allows the kms:ListKeys action`,
        },
      ],
    ] as const) {
      const { status, headers, text } = await call(operation, input, user);
      assert.equal(status, 400);
      assert.equal(headers.get("content-type"), "application/x-amz-json-1.1");
      assert.deepEqual(JSON.parse(text), body);
    }
  });

  test("errors that AWS sends without a message have none", async () => {
    for (const [operation, input, type] of [
      ["Decrypt", { CiphertextBlob: "AAAA" }, "InvalidCiphertextException"],
      ["CreateAlias", { AliasName: "alias/aws/x", TargetKeyId: key }, "NotAuthorizedException"],
    ] as const) {
      const { status, text } = await call(operation, input);
      assert.equal(status, 400);
      assert.equal(text, `{"__type":"${type}"}`);
    }
  });

  test("unknown members are ignored, null members are absent", async () => {
    const { status } = await call("DescribeKey", { KeyId: key, Unknown: [1], GrantTokens: null });
    assert.equal(status, 200);
    const { text } = await call("DescribeKey", { KeyId: null });
    assert.deepEqual(JSON.parse(text), {
      __type: "ValidationException",
      message:
        "1 validation error detected: Value null at 'keyId' failed to satisfy constraint: Member must not be null",
    });
  });

  test("every required member that is missing is named", async () => {
    for (const [operation, members] of [
      ["Encrypt", ["keyId", "plaintext"]],
      ["CreateAlias", ["aliasName", "targetKeyId"]],
      ["CreateGrant", ["keyId", "operations"]],
      ["PutKeyPolicy", ["keyId", "policy"]],
      ["RevokeGrant", ["keyId", "grantId"]],
      ["TagResource", ["keyId", "tags"]],
      ["UntagResource", ["keyId", "tagKeys"]],
      ["UpdateKeyDescription", ["keyId", "description"]],
      ["ReEncrypt", ["destinationKeyId"]],
      ["Decrypt", ["ciphertextBlob"]],
      ["ScheduleKeyDeletion", ["keyId"]],
    ] as const) {
      const { text } = await call(operation, {});
      const errors = members.length === 1 ? "error" : "errors";
      const clauses = members.map(
        (name) => `Value null at '${name}' failed to satisfy constraint: Member must not be null`,
      );
      const { __type, message } = JSON.parse(text) as Record<string, string>;
      assert.equal(__type, "ValidationException", operation);
      assert.equal(
        message,
        `${members.length} validation ${errors} detected: ${clauses.join("; ")}`,
      );
    }
  });

  test("wrong JSON types do not deserialize", async () => {
    for (const [operation, input, message] of [
      ["DescribeKey", { KeyId: 5 }, "NUMBER_VALUE can not be converted to String"],
      ["GenerateRandom", { NumberOfBytes: "5" }, "STRING_VALUE can not be converted to Integer"],
      ["CreateKey", { MultiRegion: "false" }, "STRING_VALUE can not be converted to Boolean"],
      [
        "Encrypt",
        { KeyId: key, Plaintext: "AQ==", EncryptionContext: { a: 1 } },
        "NUMBER_VALUE can not be converted to String",
      ],
      [
        "Encrypt",
        { KeyId: key, Plaintext: "AQ==", EncryptionContext: { a: null } },
        "NULL_VALUE can not be converted to String",
      ],
      ["Encrypt", { KeyId: [key], Plaintext: "AQ==" }, "Start of list found where not expected"],
      ["DescribeKey", { KeyId: {} }, "Start of structure or map found where not expected."],
    ] as const) {
      const { status, text } = await call(operation, input);
      assert.equal(status, 400);
      assert.deepEqual(JSON.parse(text), { __type: "SerializationException", message });
    }
    for (const [operation, body] of [
      ["Encrypt", `{"KeyId":"${key}","Plaintext":"not base64!"}`],
      ["GenerateRandom", '{"NumberOfBytes":1.5}'],
      ["TagResource", `{"KeyId":"${key}","Tags":{}}`],
      ["ListKeys", "[]"],
      ["ListKeys", "null"],
      ["ListKeys", "{"],
      ["ListKeys", ""],
      ["ListKeys", '{"Limit":1,"Limit":2}'],
    ] as const)
      assert.match((await call(operation, body)).text, /"__type":"SerializationException"/, body);
  });

  test("constraint checks come before anything is looked up, and all broken ones are told", async () => {
    const { text } = await call("GenerateDataKey", {
      KeyId: missingId,
      KeySpec: "AES_512",
      NumberOfBytes: 0,
    });
    const { __type, message = "" } = JSON.parse(text) as Record<string, string>;
    assert.equal(__type, "ValidationException");
    assert.match(message, /^2 validation errors detected: /);
    assert.match(
      message,
      /Value 'AES_512' at 'keySpec' failed to satisfy constraint: Member must satisfy enum value set: \[AES_256, AES_128\]/,
    );
    assert.match(
      message,
      /Value '0' at 'numberOfBytes' failed to satisfy constraint: Member must have value greater than or equal to 1/,
    );
  });

  test("an operation that KMS does not have is unknown", async () => {
    for (const operation of ["Nonsense", "toString", "__proto__", "describekey"])
      assert.equal((await call(operation, {})).text, '{"__type":"UnknownOperationException"}');
  });
});
