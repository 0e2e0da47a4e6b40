import * as assert from "node:assert/strict";
import { before, describe, test } from "node:test";
import type { KMS } from "@aws-sdk/client-kms";
import type { TestServer } from "../support/keywright.ts";
import { testSeed } from "../support/keywright.ts";
import {
  account,
  answer,
  connect,
  createKey,
  delegation,
  denial,
  keyArn,
  keyPolicy,
  openServer,
  otherAccount,
  policyOf,
  refused,
  region,
  rootArn,
  seedWith,
  userArn,
} from "./support.ts";

const Plaintext = Buffer.of(1);

describe("key policies (facts 12)", () => {
  let server: TestServer;
  let kms: KMS;
  before(async () => {
    server = await openServer(
      seedWith({
        manager: policyOf({ Action: "kms:Encrypt" }),
        encryptor: policyOf({ Action: "kms:*" }, { Effect: "Deny", Action: "kms:Decrypt" }),
      }),
    );
    kms = connect(server);
  });
  const policyText = async (KeyId: string) => String((await kms.getKeyPolicy({ KeyId })).Policy);

  test("without a policy a key gets AWS's default, in AWS's layout", async () => {
    const { id: KeyId } = await createKey(kms);
    assert.deepEqual(await answer(kms.getKeyPolicy({ KeyId })), {
      PolicyName: "default",
      Policy: `{
  "Version" : "2012-10-17",
  "Id" : "key-default-1",
  "Statement" : [ {
    "Sid" : "Enable IAM User Permissions",
    "Effect" : "Allow",
    "Principal" : {
      "AWS" : "arn:aws:iam::${account}:root"
    },
    "Action" : "kms:*",
    "Resource" : "*"
  } ]
}`,
    });
  });

  test("PutKeyPolicy answers nothing; the policy comes back in normal form", async () => {
    const { id: KeyId } = await createKey(kms);
    const Policy = JSON.stringify({
      Version: "2012-10-17",
      Statement: [
        { Effect: "Allow", Principal: { AWS: account }, Action: "kms:*", Resource: "*" },
        {
          Sid: "with spaces",
          Effect: "Allow",
          Principal: "*",
          Action: ["kms:List*"],
          Resource: "*",
        },
      ],
    });
    assert.deepEqual(await answer(kms.putKeyPolicy({ KeyId, Policy })), {});
    const [first, second] = (JSON.parse(await policyText(KeyId)) as { Statement: unknown[] })
      .Statement;
    assert.deepEqual(first, {
      Effect: "Allow",
      Principal: { AWS: rootArn() },
      Action: "kms:*",
      Resource: "*",
    });
    assert.deepEqual(second, {
      Sid: "with spaces",
      Effect: "Allow",
      Principal: { AWS: "*" },
      Action: ["kms:List*"],
      Resource: "*",
    });
    await kms.putKeyPolicy({ KeyId, PolicyName: "default", Policy: await policyText(KeyId) });
  });

  test("the only policy is called default", async () => {
    const { id: KeyId } = await createKey(kms);
    const named = await answer(kms.listKeyPolicies({ KeyId }));
    assert.deepEqual(named, { PolicyNames: ["default"], Truncated: false });
    const other = { KeyId, PolicyName: "other" };
    await refused(kms.getKeyPolicy(other), "NotFoundException", "No such policy exists");
    await refused(
      kms.putKeyPolicy({ ...other, Policy: keyPolicy() }),
      "NotFoundException",
      "No such policy exists",
    );
    await refused(
      kms.getKeyPolicy({ KeyId, PolicyName: "a b" }),
      "ValidationException",
      "1 validation error detected: Value 'a b' at 'policyName' failed to satisfy constraint: Member must satisfy regular expression pattern: [\\w]+",
    );
  });

  test("delegation to the root lets IAM decide; without it IAM's allows are dead and its denies live", async () => {
    const Policy = JSON.stringify(
      policyOf(
        { Principal: { AWS: userArn("admin") }, Action: "kms:*" },
        { Principal: { AWS: userArn("encryptor") }, Action: ["kms:Encrypt", "kms:Decrypt"] },
      ),
    );
    const delegated = await createKey(kms);
    const closed = await createKey(kms, { Policy });
    await connect(server, "manager").encrypt({ KeyId: delegated.id, Plaintext });
    await refused(
      connect(server, "manager").encrypt({ KeyId: closed.id, Plaintext }),
      "AccessDeniedException",
      denial(userArn("manager"), "Encrypt", closed.arn, "resource-based"),
    );
    const encryptor = connect(server, "encryptor");
    const { CiphertextBlob } = await encryptor.encrypt({ KeyId: closed.id, Plaintext });
    await refused(
      encryptor.decrypt({ CiphertextBlob, KeyId: closed.id }),
      "AccessDeniedException",
      `User: ${userArn("encryptor")} is not authorized to perform: kms:Decrypt on resource: ${closed.arn} with an explicit deny in an identity-based policy`,
    );
  });

  test("a key policy that names a user suffices for it; a user of another account needs both sides", async () => {
    const Policy = keyPolicy({
      Principal: { AWS: [userArn("nobody"), rootArn(otherAccount)] },
      Action: "kms:Encrypt",
    });
    const { id, arn } = await createKey(kms, { Policy });
    await connect(server, "nobody").encrypt({ KeyId: id, Plaintext });
    await connect(server, "other").encrypt({ KeyId: arn, Plaintext });
    const poor = await openServer(seedWith({ other: policyOf({ Action: "kms:Decrypt" }) }));
    const shared = await createKey(connect(poor), { Policy });
    await refused(
      connect(poor, "other").encrypt({ KeyId: shared.arn, Plaintext }),
      "AccessDeniedException",
      denial(userArn("admin", otherAccount), "Encrypt", shared.arn, "identity-based"),
    );
  });

  test("IAM's resources are key ARNs: an alias ARN there allows no use of the key that it names", async () => {
    const [one, two] = [
      "1234abcd-12ab-34cd-56ef-1234567890ab",
      "1234abcd-12ab-34cd-56ef-1234567890ac",
    ];
    const narrow = await openServer({
      accounts: [
        {
          ...testSeed.accounts[0],
          keys: [one, two].map((id, index) => ({ id, region, aliases: [`alias/k${index}`] })),
          users: [
            {
              name: "nobody",
              accessKeys: testSeed.accounts[0]?.users.find(({ name }) => name === "nobody")
                ?.accessKeys,
              policies: [
                {
                  name: "OneKey",
                  document: policyOf(
                    { Action: "kms:Encrypt", Resource: keyArn(String(one)) },
                    { Action: "kms:*", Resource: `arn:aws:kms:${region}:${account}:alias/*` },
                  ),
                },
              ],
            },
          ],
        },
      ],
    });
    const user = connect(narrow, "nobody");
    await user.encrypt({ KeyId: "alias/k0", Plaintext });
    await refused(
      user.encrypt({ KeyId: "alias/k1", Plaintext }),
      "AccessDeniedException",
      denial(userArn("nobody"), "Encrypt", keyArn(String(two)), "identity-based"),
    );
  });

  test("an explicit deny in the key policy beats everything, the root user included", async () => {
    const Policy = keyPolicy({
      Effect: "Deny",
      Principal: "*",
      Action: "kms:Encrypt",
      Condition: { StringNotEquals: { "aws:username": "nobody" } },
    });
    const { id: KeyId, arn } = await createKey(kms, { Policy });
    for (const [user, principal] of [
      ["admin", userArn("admin")],
      ["root", rootArn()],
    ] as const)
      await refused(
        connect(server, user).encrypt({ KeyId, Plaintext }),
        "AccessDeniedException",
        `User: ${principal} is not authorized to perform: kms:Encrypt on resource: ${arn} with an explicit deny in a resource-based policy`,
      );
  });

  test("a policy that locks its author out is refused unless the check is bypassed", async () => {
    const text = "The new key policy will not allow you to update the key policy in the future.";
    const code = "MalformedPolicyDocumentException";
    const Policy = JSON.stringify(
      policyOf({ Principal: { AWS: userArn("nobody") }, Action: "kms:*" }),
    );
    const { id: KeyId } = await createKey(kms);
    await refused(kms.putKeyPolicy({ KeyId, Policy }), code, text);
    await refused(kms.createKey({ Policy }), code, text);
    const without = JSON.stringify(
      policyOf({ Principal: { AWS: userArn("admin") }, Action: "kms:Encrypt" }),
    );
    await refused(kms.putKeyPolicy({ KeyId, Policy: without }), code, text);
    const own = JSON.stringify(
      policyOf({ Principal: { AWS: userArn("admin") }, Action: "kms:PutKeyPolicy" }),
    );
    await kms.putKeyPolicy({ KeyId, Policy: own });
    await kms.putKeyPolicy({ KeyId, Policy, BypassPolicyLockoutSafetyCheck: true });
    await refused(kms.getKeyPolicy({ KeyId }), "AccessDeniedException", /no resource-based policy/);
    await kms.createKey({ Policy, BypassPolicyLockoutSafetyCheck: true });
  });

  test("principals must exist", async () => {
    const { id: KeyId } = await createKey(kms);
    for (const AWS of [
      userArn("stranger"),
      "999999999999",
      rootArn("999999999999"),
      "arn:aws:iam::111122223333:role/none",
      "arn:aws:iam::111122223333:group/g",
      "nonsense",
      userArn("*"),
    ])
      for (const call of [
        () =>
          kms.putKeyPolicy({
            KeyId,
            Policy: keyPolicy({ Principal: { AWS }, Action: "kms:Encrypt" }),
          }),
        () =>
          kms.createKey({
            Policy: keyPolicy({ Principal: { AWS: [rootArn(), AWS] }, Action: "kms:Encrypt" }),
          }),
      ])
        await refused(
          call(),
          "MalformedPolicyDocumentException",
          "Policy contains a statement with one or more invalid principals.",
        );
  });

  test("what is no policy is malformed", async () => {
    const { id: KeyId } = await createKey(kms);
    for (const Policy of [
      "not json",
      "{}",
      "[]",
      JSON.stringify({ Version: "2012-10-17", Statement: [{ ...delegation, Effect: "Maybe" }] }),
      JSON.stringify({ Version: "2020-01-01", Statement: [] }),
      keyPolicy({ Action: "kms:*" }),
      keyPolicy({ Principal: "*", Action: "kms:Encrypt", Condition: { Odd: { a: "b" } } }),
      keyPolicy({
        Principal: "*",
        Action: "kms:Encrypt",
        Condition: { "ForAllValues:StringEquals": { "kms:EncryptionContext:a": "b" } },
      }),
    ])
      await refused(kms.putKeyPolicy({ KeyId, Policy }), "MalformedPolicyDocumentException", /./);
    await refused(
      kms.putKeyPolicy({ KeyId, Policy: keyPolicy({ Principal: "*", Action: "kms:Ω" }) }),
      "ValidationException",
      /at 'policy' failed to satisfy constraint: Member must satisfy regular expression pattern: \[\\u0009\\u000A\\u000D\\u0020-\\u00FF\]\+$/,
    );
  });

  test("a policy has at most 32,768 bytes; the model's bound is 131,072 characters", async () => {
    const { id: KeyId } = await createKey(kms);
    const padded = (length: number): string => {
      const policy = keyPolicy();
      return `${policy.slice(0, -1)}${" ".repeat(length - policy.length)}}`;
    };
    await kms.putKeyPolicy({ KeyId, Policy: padded(32_768) });
    await refused(
      kms.putKeyPolicy({ KeyId, Policy: padded(32_769) }),
      "LimitExceededException",
      /32768/,
    );
    await refused(
      kms.putKeyPolicy({ KeyId, Policy: padded(131_073) }),
      "ValidationException",
      /Member must have length less than or equal to 131072$/,
    );
  });

  test("a changed policy decides the next call", async () => {
    const { id: KeyId } = await createKey(kms);
    const nobody = connect(server, "nobody");
    const open = keyPolicy({ Principal: { AWS: userArn("nobody") }, Action: "kms:Encrypt" });
    for (let round = 0; round < 3; round++) {
      await kms.putKeyPolicy({ KeyId, Policy: open });
      await nobody.encrypt({ KeyId, Plaintext });
      await kms.putKeyPolicy({ KeyId, Policy: keyPolicy() });
      await refused(nobody.encrypt({ KeyId, Plaintext }), "AccessDeniedException", /./);
    }
  });
});
