import * as assert from "node:assert/strict";
import { before, describe, test } from "node:test";
import type { CreateGrantCommandInput, GrantOperation, KMS } from "@aws-sdk/client-kms";
import type { TestServer } from "../support/keywright.ts";
import type { NewKey } from "./support.ts";
import {
  answer,
  connect,
  createKey,
  denial,
  keyArn,
  missingId,
  openServer,
  refused,
  rootArn,
  userArn,
} from "./support.ts";

const nobody = userArn("nobody");
const Plaintext = Buffer.from("granted");

describe("grants (facts 11)", () => {
  let server: TestServer;
  let kms: KMS;
  let key: NewKey;
  before(async () => {
    server = await openServer();
    kms = connect(server);
    key = await createKey(kms);
  });
  const grant = async (
    Operations: GrantOperation[],
    more: Partial<CreateGrantCommandInput> = {},
  ): Promise<{ readonly GrantId: string; readonly GrantToken: string }> => {
    const { GrantId = "", GrantToken = "" } = await kms.createGrant({
      KeyId: key.id,
      GranteePrincipal: nobody,
      Operations,
      ...more,
    });
    return { GrantId, GrantToken };
  };

  test("CreateGrant answers an id of 64 hex digits and a token", async () => {
    const { GrantId, GrantToken, ...rest } = await answer(
      kms.createGrant({ KeyId: key.arn, GranteePrincipal: nobody, Operations: ["DescribeKey"] }),
    );
    assert.deepEqual(rest, {});
    assert.match(GrantId ?? "", /^[0-9a-f]{64}$/);
    assert.match(GrantToken ?? "", /^[A-Za-z0-9+/]+=*$/);
    assert.deepEqual(await answer(kms.revokeGrant({ KeyId: key.id, GrantId })), {});
  });

  test("ListGrants shows everything but the token", async () => {
    const { id: KeyId, arn } = await createKey(kms);
    const Constraints = { EncryptionContextSubset: { a: "1", ["__proto__"]: "x" } };
    const { GrantId } = await grant(["Encrypt", "Decrypt"], {
      KeyId,
      Name: "reader:of/all_things-1",
      RetiringPrincipal: userArn("manager"),
      Constraints,
    });
    await grant(["DescribeKey"], { KeyId, GranteePrincipal: rootArn() });
    const { Grants = [], ...rest } = await answer(kms.listGrants({ KeyId }));
    assert.deepEqual(rest, { Truncated: false });
    const { CreationDate, ...full } = Grants.find((each) => each.GrantId === GrantId) ?? {};
    assert.ok(CreationDate instanceof Date);
    assert.deepEqual(full, {
      KeyId: arn,
      GrantId,
      Name: "reader:of/all_things-1",
      GranteePrincipal: nobody,
      RetiringPrincipal: userArn("manager"),
      IssuingAccount: rootArn(),
      Operations: ["Encrypt", "Decrypt"],
      Constraints,
    });
    const plain = Grants.find((each) => each.GrantId !== GrantId);
    assert.equal(plain?.Name, "");
    assert.deepEqual(Object.keys(plain ?? {}).toSorted(), [
      "CreationDate",
      "GrantId",
      "GranteePrincipal",
      "IssuingAccount",
      "KeyId",
      "Name",
      "Operations",
    ]);
  });

  test("ListGrants filters by id and by grantee", async () => {
    const { id: KeyId } = await createKey(kms);
    const { GrantId } = await grant(["Encrypt"], { KeyId });
    await grant(["Encrypt"], { KeyId, GranteePrincipal: userArn("manager") });
    const ids = async (filter: object) =>
      (await kms.listGrants({ KeyId, ...filter })).Grants?.map((each) => each.GrantId);
    assert.deepEqual(await ids({ GrantId }), [GrantId]);
    assert.deepEqual(await ids({ GranteePrincipal: nobody }), [GrantId]);
    assert.deepEqual(await ids({ GrantId, GranteePrincipal: userArn("manager") }), []);
    assert.deepEqual(await ids({ GrantId: "0".repeat(64) }), []);
    await refused(kms.listGrants({ KeyId, GrantId: "x" }), "InvalidGrantIdException", /./);
  });

  test("a grant allows its operations, on its key, to its grantee, at once, and no others", async () => {
    const grantee = connect(server, "nobody");
    const fresh = await createKey(kms);
    await grant(["Encrypt"], { KeyId: fresh.id });
    const { CiphertextBlob } = await grantee.encrypt({ KeyId: fresh.arn, Plaintext });
    for (const [call, action, resource] of [
      [() => grantee.decrypt({ CiphertextBlob, KeyId: fresh.id }), "Decrypt", fresh.arn],
      [() => grantee.describeKey({ KeyId: fresh.id }), "DescribeKey", fresh.arn],
      [() => grantee.encrypt({ KeyId: key.id, Plaintext }), "Encrypt", key.arn],
    ] as const)
      await refused(
        call(),
        "AccessDeniedException",
        denial(nobody, action, resource, "identity-based"),
      );
    await refused(
      connect(server, "manager").encrypt({ KeyId: fresh.id, Plaintext }),
      "AccessDeniedException",
      denial(userArn("manager"), "Encrypt", fresh.arn, "identity-based"),
    );
  });

  test("each grantable operation of a symmetric key is allowed by its grant", async () => {
    const { id: KeyId } = await createKey(kms);
    const grantee = connect(server, "nobody");
    const { CiphertextBlob } = await kms.encrypt({ KeyId, Plaintext });
    const calls: Partial<Record<GrantOperation, () => Promise<unknown>>> = {
      Decrypt: () => grantee.decrypt({ CiphertextBlob }),
      DescribeKey: () => grantee.describeKey({ KeyId }),
      Encrypt: () => grantee.encrypt({ KeyId, Plaintext }),
      GenerateDataKey: () => grantee.generateDataKey({ KeyId, KeySpec: "AES_256" }),
      GenerateDataKeyWithoutPlaintext: () =>
        grantee.generateDataKeyWithoutPlaintext({ KeyId, KeySpec: "AES_256" }),
    };
    for (const [operation, call] of Object.entries(calls)) {
      await refused(call(), "AccessDeniedException", /./);
      const { GrantId } = await grant([operation as GrantOperation], { KeyId });
      await call();
      await kms.revokeGrant({ KeyId, GrantId });
      await refused(call(), "AccessDeniedException", /./);
    }
    await grant(["ReEncryptFrom"], { KeyId });
    const move = () => grantee.reEncrypt({ CiphertextBlob, DestinationKeyId: KeyId });
    await refused(move(), "AccessDeniedException", /kms:ReEncryptTo/);
    await grant(["ReEncryptTo"], { KeyId });
    await move();
  });

  test("a grant to an account's root needs IAM's permission too", async () => {
    const { id: KeyId, arn } = await createKey(kms);
    await grant(["Encrypt"], { KeyId, GranteePrincipal: rootArn() });
    await refused(
      connect(server, "nobody").encrypt({ KeyId, Plaintext }),
      "AccessDeniedException",
      denial(nobody, "Encrypt", arn, "identity-based"),
    );
    await connect(server, "root").encrypt({ KeyId, Plaintext });
  });

  test("tokens are accepted where operations take them, and refused when they name no grant", async () => {
    const { id: KeyId } = await createKey(kms);
    const { GrantToken, GrantId } = await grant(
      ["Encrypt", "Decrypt", "DescribeKey", "CreateGrant"],
      { KeyId },
    );
    const grantee = connect(server, "nobody");
    const GrantTokens = [GrantToken];
    const { CiphertextBlob } = await grantee.encrypt({ KeyId, Plaintext, GrantTokens });
    await grantee.decrypt({ CiphertextBlob, GrantTokens });
    await grantee.describeKey({ KeyId, GrantTokens });
    await kms.revokeGrant({ KeyId, GrantId });
    const damaged = Buffer.from(GrantToken, "base64");
    damaged[20] = Number(damaged[20]) ^ 1;
    for (const token of [GrantToken, "bm90IG91cnM=", damaged.toString("base64"), "!"])
      for (const call of [
        () => kms.encrypt({ KeyId, Plaintext, GrantTokens: [token] }),
        () => kms.describeKey({ KeyId, GrantTokens: [token] }),
      ])
        await refused(call(), "InvalidGrantTokenException", /./);
    await refused(
      kms.encrypt({ KeyId, Plaintext, GrantTokens: Array.from({ length: 11 }, () => "t") }),
      "ValidationException",
      /at 'grantTokens' failed to satisfy constraint: Member must have length less than or equal to 10$/,
    );
  });

  test("with a name, the same request gives the same grant and a new token; any difference gives another", async () => {
    const { id: KeyId } = await createKey(kms);
    const input = {
      KeyId,
      Name: "once",
      RetiringPrincipal: userArn("manager"),
      Constraints: { EncryptionContextEquals: { a: "1", b: "2" } },
    };
    const first = await grant(["Encrypt", "DescribeKey"], input);
    const again = await grant(["DescribeKey", "Encrypt"], {
      ...input,
      Constraints: { EncryptionContextEquals: { b: "2", a: "1" } },
    });
    assert.equal(again.GrantId, first.GrantId);
    assert.notEqual(again.GrantToken, first.GrantToken);
    assert.equal((await kms.listGrants({ KeyId })).Grants?.length, 1);
    for (const other of [
      { Name: "twice" },
      { RetiringPrincipal: undefined },
      { Constraints: { EncryptionContextSubset: { a: "1", b: "2" } } },
      { GranteePrincipal: userArn("manager") },
    ])
      assert.notEqual(
        (await grant(["Encrypt", "DescribeKey"], { ...input, ...other })).GrantId,
        first.GrantId,
      );
    assert.notEqual((await grant(["Encrypt"], input)).GrantId, first.GrantId);
    await kms.retireGrant({ GrantToken: first.GrantToken });
    await refused(
      kms.retireGrant({ GrantToken: again.GrantToken }),
      "NotFoundException",
      /not found/,
    );
  });

  test("without a name, every request makes a grant", async () => {
    const { id: KeyId } = await createKey(kms);
    const made = [await grant(["Encrypt"], { KeyId }), await grant(["Encrypt"], { KeyId })];
    assert.notEqual(made[0]?.GrantId, made[1]?.GrantId);
  });

  test("principals must exist, and be named by their ARN", async () => {
    for (const arn of [
      userArn("stranger"),
      userArn("path/admin"),
      "arn:aws:iam::999999999999:root",
      "arn:aws:iam::111122223333:role/none",
      "111122223333",
      "admin",
    ])
      for (const member of ["GranteePrincipal", "RetiringPrincipal"])
        await refused(
          grant(["Encrypt"], { [member]: arn }),
          "InvalidArnException",
          `ARN does not refer to a valid principal: ${arn}`,
        );
  });

  test("contradictions are refused", async () => {
    for (const input of [
      { GranteePrincipal: undefined },
      { GranteeServicePrincipal: "s3.amazonaws.com" },
      { RetiringPrincipal: nobody, RetiringServicePrincipal: "s3.amazonaws.com" },
      { GranteePrincipal: undefined, GranteeServicePrincipal: "s3.amazonaws.com" },
      {
        Constraints: {
          EncryptionContextEquals: Object.fromEntries(
            "abcdefghi".split("").map((name) => [name, ""]),
          ),
        },
      },
      { Constraints: { EncryptionContextSubset: { a: "x".repeat(385) } } },
      { Name: "with space" },
    ])
      await refused(grant(["Encrypt"], input), "ValidationException", /./);
    await refused(grant(["Sign"]), "ValidationException", /Sign/);
    await refused(grant([]), "ValidationException", /./);
    await refused(
      grant(["Everything" as GrantOperation]),
      "ValidationException",
      /^1 validation error detected: Value '\[Everything\]' at 'operations' failed to satisfy constraint: Member must satisfy constraint: \[Member must satisfy enum value set: \[.*\]\]$/,
    );
  });

  test("an identifier of a grant is checked before it is looked for", async () => {
    const absent = "0".repeat(64);
    for (const call of [
      (GrantId: string) => kms.revokeGrant({ KeyId: key.id, GrantId }),
      (GrantId: string) => kms.retireGrant({ KeyId: key.id, GrantId }),
    ]) {
      await refused(call(absent), "NotFoundException", `Grant ID ${absent} not found`);
      await refused(call("not-a-grant"), "InvalidGrantIdException", /./);
    }
    await refused(
      kms.revokeGrant({ KeyId: missingId, GrantId: absent }),
      "NotFoundException",
      `Key '${keyArn(missingId)}' does not exist`,
    );
  });
});
