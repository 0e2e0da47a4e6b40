import * as assert from "node:assert/strict";
import { before, describe, test } from "node:test";
import type {
  CreateGrantCommandInput,
  GrantConstraints,
  GrantOperation,
  KMS,
} from "@aws-sdk/client-kms";
import type { TestServer, TestUser } from "../support/keywright.ts";
import type { NewKey } from "./support.ts";
import {
  answer,
  connect,
  createKey,
  denial,
  keyPolicy,
  openServer,
  otherAccount,
  policyOf,
  refused,
  rootArn,
  seedWith,
  userArn,
} from "./support.ts";

const nobody = userArn("nobody");
const Plaintext = Buffer.from("granted");

describe("grants: constraints, retiring, other accounts (facts 11.3, 11.5)", () => {
  let server: TestServer;
  let kms: KMS;
  let key: NewKey;
  before(async () => {
    server = await openServer(
      seedWith({ encryptor: policyOf({ Action: ["kms:RetireGrant", "kms:CreateGrant"] }) }),
    );
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
  const clean = async (): Promise<void> => {
    const { Grants = [] } = await kms.listGrants({ KeyId: key.id, Limit: 100 });
    for (const { GrantId } of Grants) await kms.revokeGrant({ KeyId: key.id, GrantId });
  };

  const contexts = [
    undefined,
    {},
    { a: "1" },
    { a: "1", b: "2" },
    { a: "2" },
    { A: "1" },
    { b: "2", a: "1", c: "" },
  ];
  for (const [kind, allowed] of [
    ["EncryptionContextEquals", [false, false, true, false, false, false, false]],
    ["EncryptionContextSubset", [false, false, true, true, false, false, true]],
  ] as const)
    test(`${kind} decides by the context of the call`, async () => {
      await clean();
      await grant(
        ["Encrypt", "Decrypt", "GenerateDataKey", "ReEncryptFrom", "ReEncryptTo", "DescribeKey"],
        {
          Constraints: { [kind]: { a: "1" } },
        },
      );
      const grantee = connect(server, "nobody");
      for (const [index, EncryptionContext] of contexts.entries()) {
        const { CiphertextBlob } = await kms.encrypt({
          KeyId: key.id,
          Plaintext,
          EncryptionContext,
        });
        for (const call of [
          () => grantee.encrypt({ KeyId: key.id, Plaintext, EncryptionContext }),
          () => grantee.decrypt({ CiphertextBlob, EncryptionContext }),
          () => grantee.generateDataKey({ KeyId: key.id, KeySpec: "AES_256", EncryptionContext }),
          () =>
            grantee.reEncrypt({
              CiphertextBlob,
              SourceEncryptionContext: EncryptionContext,
              DestinationKeyId: key.id,
              DestinationEncryptionContext: EncryptionContext,
            }),
        ])
          if (allowed[index]) await call();
          else await refused(call(), "AccessDeniedException", /./);
      }
      await grantee.describeKey({ KeyId: key.id });
    });

  test("through a grant, a child grant can only be as wide as its parent", async () => {
    await clean();
    const parent = { EncryptionContextSubset: { a: "1" } };
    await grant(["Encrypt", "CreateGrant"], { Constraints: parent });
    const grantee = connect(server, "nobody");
    const child = (
      Operations: GrantOperation[],
      Constraints?: GrantConstraints,
    ): Promise<unknown> =>
      grantee.createGrant({
        KeyId: key.id,
        GranteePrincipal: userArn("manager"),
        Operations,
        Constraints,
      });
    for (const [operations, constraints] of [
      [["Encrypt"], parent],
      [["Encrypt"], { EncryptionContextSubset: { a: "1", b: "2" } }],
      [["Encrypt"], { EncryptionContextEquals: { a: "1" } }],
      [["CreateGrant", "Encrypt"], parent],
    ] as const)
      await child([...operations], constraints);
    for (const [operations, constraints] of [
      [["Encrypt"], undefined],
      [["Encrypt"], {}],
      [["Encrypt"], { EncryptionContextSubset: { b: "2" } }],
      [["Encrypt"], { EncryptionContextSubset: { a: "2" } }],
      [["Encrypt"], { EncryptionContextEquals: { b: "2" } }],
      [["Decrypt"], parent],
      [["Encrypt", "Decrypt"], parent],
      [["Encrypt", "RetireGrant"], parent],
    ] as const)
      await refused(
        child([...operations], constraints),
        "AccessDeniedException",
        denial(nobody, "CreateGrant", key.arn, "identity-based"),
      );
    await connect(server, "manager").encrypt({
      KeyId: key.id,
      Plaintext,
      EncryptionContext: { a: "1" },
    });
  });

  test("Equals in the parent needs the same Equals in the child", async () => {
    await clean();
    await grant(["Encrypt", "CreateGrant"], {
      Constraints: { EncryptionContextEquals: { a: "1" } },
    });
    const child = (Constraints: GrantConstraints): Promise<unknown> =>
      connect(server, "nobody").createGrant({
        KeyId: key.id,
        GranteePrincipal: userArn("manager"),
        Operations: ["Encrypt"],
        Constraints,
      });
    await child({ EncryptionContextEquals: { a: "1" } });
    for (const wider of [
      { EncryptionContextSubset: { a: "1" } },
      { EncryptionContextEquals: { a: "1", b: "2" } },
    ])
      await refused(child(wider), "AccessDeniedException", /./);
  });

  interface Retirement {
    readonly by: TestUser;
    readonly may: boolean;
    readonly operations?: GrantOperation[];
    readonly retiring?: string;
  }
  const retirements: Readonly<Record<string, Retirement>> = {
    "the retiring principal may": { by: "manager", may: true, retiring: userArn("manager") },
    "somebody else may not": { by: "manager", may: false },
    "another retiring principal may not": { by: "manager", may: false, retiring: nobody },
    "the grantee may when the grant says RetireGrant": {
      by: "nobody",
      may: true,
      operations: ["RetireGrant"],
    },
    "the grantee may not otherwise": { by: "nobody", may: false },
    "the root user may": { by: "root", may: true },
    "whom IAM allows may": { by: "encryptor", may: true },
    "another account may not": { by: "other", may: false },
  };
  for (const [name, { by, may, operations = [], retiring }] of Object.entries(retirements))
    for (const way of ["token", "key and grant id"])
      test(`RetireGrant by ${way}: ${name}`, async () => {
        const { GrantId, GrantToken } = await grant(["Encrypt", ...operations], {
          RetiringPrincipal: retiring,
        });
        const call = connect(server, by).retireGrant(
          way === "token" ? { GrantToken } : { KeyId: key.arn, GrantId },
        );
        if (may) assert.deepEqual(await answer(call), {});
        else await refused(call, "AccessDeniedException", /kms:RetireGrant/);
        const { Grants = [] } = await kms.listGrants({ KeyId: key.id, GrantId });
        assert.equal(Grants.length, may ? 0 : 1);
      });

  test("a constraint does not stand in the way of retiring", async () => {
    const { GrantId } = await grant(["Encrypt", "RetireGrant"], {
      Constraints: { EncryptionContextEquals: { a: "1" } },
    });
    await connect(server, "nobody").retireGrant({ KeyId: key.id, GrantId });
  });

  test("kms:RetireGrant in a key policy allows nobody; a deny there counts", async () => {
    const Policy = keyPolicy(
      { Principal: { AWS: nobody }, Action: "kms:RetireGrant" },
      { Effect: "Deny", Principal: { AWS: userArn("manager") }, Action: "kms:RetireGrant" },
    );
    const { id: KeyId, arn } = await createKey(kms, { Policy });
    const { GrantId } = await grant(["Encrypt"], { KeyId, RetiringPrincipal: userArn("manager") });
    await refused(
      connect(server, "nobody").retireGrant({ KeyId, GrantId }),
      "AccessDeniedException",
      /kms:RetireGrant/,
    );
    await refused(
      connect(server, "manager").retireGrant({ KeyId, GrantId }),
      "AccessDeniedException",
      `User: ${userArn("manager")} is not authorized to perform: kms:RetireGrant on resource: ${arn} with an explicit deny in a resource-based policy`,
    );
  });

  test("RetireGrant wants a token, or key and grant id", async () => {
    for (const input of [{}, { KeyId: key.id }, { GrantId: "0".repeat(64) }])
      await refused(kms.retireGrant(input), "ValidationException", /./);
    await refused(kms.retireGrant({ GrantToken: "bm8=" }), "InvalidGrantTokenException", /./);
  });

  test("revoking ends what the grant allowed, for the next call", async () => {
    await clean();
    const { GrantId } = await grant(["Encrypt"]);
    const grantee = connect(server, "nobody");
    await grantee.encrypt({ KeyId: key.id, Plaintext });
    await kms.revokeGrant({ KeyId: key.id, GrantId });
    await refused(grantee.encrypt({ KeyId: key.id, Plaintext }), "AccessDeniedException", /./);
  });

  test("an explicit deny beats a grant", async () => {
    const Policy = keyPolicy({ Effect: "Deny", Principal: { AWS: nobody }, Action: "kms:Encrypt" });
    const { id: KeyId, arn } = await createKey(kms, { Policy });
    await grant(["Encrypt"], { KeyId });
    await refused(
      connect(server, "nobody").encrypt({ KeyId, Plaintext }),
      "AccessDeniedException",
      `User: ${nobody} is not authorized to perform: kms:Encrypt on resource: ${arn} with an explicit deny in a resource-based policy`,
    );
  });

  test("a user of another account needs no permission of its own for what is granted to it", async () => {
    const denied = await openServer(
      seedWith({ other: policyOf({ Effect: "Deny", Action: "kms:Decrypt" }) }),
    );
    const owner = connect(denied);
    const { id: KeyId, arn } = await createKey(owner);
    const GranteePrincipal = userArn("admin", otherAccount);
    await owner.createGrant({ KeyId, GranteePrincipal, Operations: ["Encrypt", "Decrypt"] });
    const foreign = connect(denied, "other");
    const { CiphertextBlob } = await foreign.encrypt({ KeyId: arn, Plaintext });
    await refused(
      foreign.decrypt({ CiphertextBlob, KeyId: arn }),
      "AccessDeniedException",
      `User: ${GranteePrincipal} is not authorized to perform: kms:Decrypt on resource: ${arn} with an explicit deny in an identity-based policy`,
    );
  });

  test("an account that may create grants on another's key issues, lists, retires and revokes them", async () => {
    const Policy = keyPolicy({
      Principal: { AWS: rootArn(otherAccount) },
      Action: ["kms:CreateGrant", "kms:ListGrants", "kms:RevokeGrant"],
    });
    const { arn } = await createKey(kms, { Policy });
    const foreign = connect(server, "other");
    const GranteePrincipal = userArn("admin", otherAccount);
    const input = { KeyId: arn, GranteePrincipal, Operations: ["Encrypt"] as GrantOperation[] };
    const one = await foreign.createGrant(input);
    const two = await foreign.createGrant({ ...input, RetiringPrincipal: GranteePrincipal });
    const { Grants = [] } = await foreign.listGrants({ KeyId: arn });
    assert.deepEqual(
      Grants.map((each) => each.IssuingAccount),
      [rootArn(otherAccount), rootArn(otherAccount)],
    );
    const retirable = await foreign.listRetirableGrants({ RetiringPrincipal: GranteePrincipal });
    assert.deepEqual(
      retirable.Grants?.map((each) => [each.GrantId, each.KeyId]),
      [[two.GrantId, arn]],
    );
    await foreign.retireGrant({ GrantToken: one.GrantToken });
    await foreign.revokeGrant({ KeyId: arn, GrantId: two.GrantId });
    assert.deepEqual((await kms.listGrants({ KeyId: arn })).Grants, []);
  });

  test("ListRetirableGrants speaks of principals of the caller's account only", async () => {
    await refused(
      kms.listRetirableGrants({ RetiringPrincipal: userArn("admin", otherAccount) }),
      "ValidationException",
      /account/,
    );
    await refused(
      connect(server, "nobody").listRetirableGrants({ RetiringPrincipal: nobody }),
      "AccessDeniedException",
      denial(nobody, "ListRetirableGrants", "*", "identity-based"),
    );
    assert.deepEqual(
      await answer(kms.listRetirableGrants({ RetiringPrincipal: userArn("encryptor") })),
      { Grants: [], Truncated: false },
    );
  });
});
