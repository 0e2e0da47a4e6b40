import * as assert from "node:assert/strict";
import { before, describe, test } from "node:test";
import type { KMS } from "@aws-sdk/client-kms";
import { connect, createKey, openServer, refused, region } from "../conformance/support.ts";
import type { TestServer } from "../support/keywright.ts";
import { account, otherAccount, testSeed } from "../support/keywright.ts";
import { decoded, policyOf, trusting } from "./policies-support.ts";
import { connectIam, newAccessKey, refusedBy } from "./support.ts";

const root = `arn:aws:iam::${account}:root`;
const userArn = (name: string): string => `arn:aws:iam::${account}:user/${name}`;
const roleArn = (name: string): string => `arn:aws:iam::${account}:role/${name}`;

/** A key policy under which the account administers a key, and principals use it. */
function keyPolicy(...principals: readonly string[]): string {
  return policyOf(
    { Effect: "Allow", Principal: { AWS: root }, Action: "kms:*", Resource: "*" },
    { Effect: "Allow", Principal: { AWS: principals }, Action: "kms:Encrypt", Resource: "*" },
  );
}

/** Whom the second statement of a key's policy names. */
async function namedIn(kms: KMS, KeyId: string): Promise<unknown> {
  const { Policy } = await kms.getKeyPolicy({ KeyId });
  const document = JSON.parse(String(Policy)) as { Statement: { Principal: { AWS: unknown } }[] };
  return document.Statement[1]?.Principal.AWS;
}

describe("policies and grants mean a user or role, not whoever gets its name", () => {
  let server: TestServer;
  let kms: KMS;
  const iam = () => connectIam(server);
  before(async () => {
    server = await openServer();
    kms = connect(server);
  });

  /** A new user, and a client with an access key of its. */
  const newUser = async (UserName: string) => {
    const { User } = await iam().createUser({ UserName });
    return {
      id: String(User?.UserId),
      kms: connect(server, await newAccessKey(iam(), UserName), region),
    };
  };

  const deleteUser = async (UserName: string) => {
    const { AccessKeyMetadata = [] } = await iam().listAccessKeys({ UserName });
    for (const { AccessKeyId } of AccessKeyMetadata)
      await iam().deleteAccessKey({ UserName, AccessKeyId });
    await iam().deleteUser({ UserName });
  };

  const newRole = async (RoleName: string) => {
    const { Role } = await iam().createRole({
      RoleName,
      AssumeRolePolicyDocument: trusting({ AWS: account }),
    });
    return String(Role?.RoleId);
  };

  test("a key policy names a deleted user by its id, and gives nothing to a new one of its name", async () => {
    const first = await newUser("ann");
    const { id: KeyId } = await createKey(kms, { Policy: keyPolicy(userArn("ann")) });
    assert.equal(String(await namedIn(kms, KeyId)), userArn("ann"));
    await first.kms.encrypt({ KeyId, Plaintext: Buffer.of(1) });
    await deleteUser("ann");
    assert.equal(String(await namedIn(kms, KeyId)), first.id);
    const second = await newUser("ann");
    assert.equal(String(await namedIn(kms, KeyId)), first.id);
    await refused(
      second.kms.encrypt({ KeyId, Plaintext: Buffer.of(1) }),
      "AccessDeniedException",
      /kms:Encrypt/,
    );
    await kms.putKeyPolicy({ KeyId, Policy: keyPolicy(userArn("ann")) });
    assert.equal(String(await namedIn(kms, KeyId)), userArn("ann"));
    await second.kms.encrypt({ KeyId, Plaintext: Buffer.of(1) });
  });

  test("a policy that is put back as it was read keeps whom it named, and refuses who has gone", async () => {
    await newUser("ben");
    const id = await newRole("ben");
    const { id: KeyId } = await createKey(kms, { Policy: keyPolicy(userArn("ben"), id) });
    assert.deepEqual(await namedIn(kms, KeyId), [userArn("ben"), roleArn("ben")]);
    const { Policy: before = "" } = await kms.getKeyPolicy({ KeyId });
    await kms.putKeyPolicy({ KeyId, Policy: before });
    assert.equal((await kms.getKeyPolicy({ KeyId })).Policy, before);
    await iam().deleteRole({ RoleName: "ben" });
    const { Policy: after = "" } = await kms.getKeyPolicy({ KeyId });
    assert.deepEqual(await namedIn(kms, KeyId), [userArn("ben"), id]);
    await refused(
      kms.putKeyPolicy({ KeyId, Policy: after }),
      "MalformedPolicyDocumentException",
      "Policy contains a statement with one or more invalid principals.",
    );
  });

  test("a user that is renamed stays who it was", async () => {
    const user = await newUser("cid");
    const { id: KeyId } = await createKey(kms, { Policy: keyPolicy(userArn("cid")) });
    await iam().updateUser({ UserName: "cid", NewUserName: "cyd", NewPath: "/new/" });
    assert.equal(String(await namedIn(kms, KeyId)), userArn("new/cyd"));
    await user.kms.encrypt({ KeyId, Plaintext: Buffer.of(1) });
  });

  test("roles and their sessions are shown by ARN while the role exists", async () => {
    const id = await newRole("dee");
    const session = `arn:aws:sts::${account}:assumed-role/dee/one`;
    const { id: KeyId } = await createKey(kms, { Policy: keyPolicy(roleArn("dee"), session) });
    assert.deepEqual(await namedIn(kms, KeyId), [roleArn("dee"), session]);
    await iam().deleteRole({ RoleName: "dee" });
    await newRole("dee");
    assert.deepEqual(await namedIn(kms, KeyId), [id, `${id}:one`]);
    for (const missing of [
      `arn:aws:sts::${account}:assumed-role/none/one`,
      "arn:aws:sts::999999999999:federated-user/fred",
      `${id}:one`,
    ])
      await refused(
        kms.createKey({ Policy: keyPolicy(missing) }),
        "MalformedPolicyDocumentException",
        /invalid principals/,
      );
    const fred = `arn:aws:sts::${account}:federated-user/fred`;
    const { id: other } = await createKey(kms, { Policy: keyPolicy(fred) });
    assert.equal(String(await namedIn(kms, other)), fred);
  });

  test("a grant names a deleted user by its id, and gives nothing to a new one of its name", async () => {
    const first = await newUser("eve");
    const { id: KeyId } = await createKey(kms);
    const grant = {
      KeyId,
      GranteePrincipal: userArn("eve"),
      RetiringPrincipal: userArn("eve"),
      Operations: ["Encrypt" as const],
      Name: "one",
    };
    const { GrantId } = await kms.createGrant(grant);
    const listed = async (GranteePrincipal?: string) =>
      ((await kms.listGrants({ KeyId, GranteePrincipal })).Grants ?? []).map((each) => [
        each.GranteePrincipal,
        each.RetiringPrincipal,
      ]);
    const retirable = async () =>
      (await kms.listRetirableGrants({ RetiringPrincipal: userArn("eve") })).Grants?.map(
        (each) => each.GrantId,
      );
    assert.deepEqual(await listed(), [[userArn("eve"), userArn("eve")]]);
    assert.deepEqual(await listed(userArn("eve")), [[userArn("eve"), userArn("eve")]]);
    assert.deepEqual(await retirable(), [GrantId]);
    await first.kms.encrypt({ KeyId, Plaintext: Buffer.of(1) });
    await deleteUser("eve");
    const second = await newUser("eve");
    assert.deepEqual(await listed(), [[first.id, first.id]]);
    assert.deepEqual(await listed(userArn("eve")), []);
    assert.deepEqual(await listed(first.id), [[first.id, first.id]]);
    assert.deepEqual(await retirable(), []);
    for (const call of [
      () => second.kms.encrypt({ KeyId, Plaintext: Buffer.of(1) }),
      () => second.kms.retireGrant({ KeyId, GrantId }),
    ])
      await refused(call(), "AccessDeniedException", /is not authorized/);
    const again = await kms.createGrant(grant);
    assert.notEqual(again.GrantId, GrantId);
    await second.kms.retireGrant({ KeyId, GrantId: again.GrantId });
  });

  test("a replica's policy means whom it names, too", async () => {
    const user = await newUser("fay");
    const { id: KeyId } = await createKey(kms, { MultiRegion: true });
    const Policy = keyPolicy(userArn("fay"));
    const ReplicaRegion = "eu-west-1";
    const { ReplicaPolicy } = await kms.replicateKey({ KeyId, ReplicaRegion, Policy });
    assert.ok(ReplicaPolicy?.includes(userArn("fay")));
    await deleteUser("fay");
    await newUser("fay");
    const there = connect(server, "admin", ReplicaRegion);
    assert.equal(String(await namedIn(there, KeyId)), user.id);
  });

  test("a trust policy names a deleted user by its id", async () => {
    const { id } = await newUser("gus");
    await iam().createRole({
      RoleName: "trusts",
      AssumeRolePolicyDocument: trusting({ AWS: [userArn("gus"), otherAccount] }),
    });
    const trusted = async () => {
      const { Role } = await iam().getRole({ RoleName: "trusts" });
      return decoded(Role?.AssumeRolePolicyDocument);
    };
    const other = `arn:aws:iam::${otherAccount}:root`;
    assert.deepEqual(await trusted(), JSON.parse(trusting({ AWS: [userArn("gus"), other] })));
    await deleteUser("gus");
    await newUser("gus");
    assert.deepEqual(await trusted(), JSON.parse(trusting({ AWS: [id, other] })));
    await refusedBy(
      iam().updateAssumeRolePolicy({
        RoleName: "trusts",
        PolicyDocument: trusting({ AWS: id }),
      }),
      "MalformedPolicyDocumentException",
      400,
      `Invalid principal in policy: "AWS":"${id}"`,
    );
  });

  test("a seed's key policies mean whom they name, too", async () => {
    const [own, other] = testSeed.accounts;
    const KeyId = "12345678-1234-4123-8123-123456789012";
    const key = { id: KeyId, region, policy: JSON.parse(keyPolicy(userArn("nobody"))) as object };
    const seeded = await openServer({ accounts: [{ ...own, keys: [key] }, other] });
    const keys = connect(seeded);
    assert.equal(String(await namedIn(keys, KeyId)), userArn("nobody"));
    const admin = connectIam(seeded);
    const [UserName, AccessKeyId] = ["nobody", "AKIANOBODY000000TEST"];
    await connect(seeded, "nobody").encrypt({ KeyId, Plaintext: Buffer.of(1) });
    await admin.deleteAccessKey({ UserName, AccessKeyId });
    await admin.deleteUser({ UserName });
    await admin.createUser({ UserName });
    assert.match(String(await namedIn(keys, KeyId)), /^AIDA[A-Z2-7]{17}$/);
    const again = connect(seeded, await newAccessKey(admin, UserName));
    await refused(
      again.encrypt({ KeyId, Plaintext: Buffer.of(1) }),
      "AccessDeniedException",
      /kms:Encrypt/,
    );
  });
});
