import * as assert from "node:assert/strict";
import { before, describe, test } from "node:test";
import type { KMS } from "@aws-sdk/client-kms";
import {
  account,
  connect,
  createKey,
  keyPolicy,
  openServer,
  policyOf,
  refused,
  seedWith,
  userArn,
} from "../conformance/support.ts";
import type { TestServer } from "../support/keywright.ts";
import { clientCredentials, connectSts, kmsAs } from "./support.ts";

describe("a federated user and the policies of keys that name its user", () => {
  let server: TestServer;
  before(async () => {
    server = await openServer(
      seedWith({ encryptor: policyOf({ Action: "sts:GetFederationToken" }) }),
    );
  });

  /** The federated user `guest` of the user `encryptor`, within this session policy. */
  async function guest(action: string): Promise<KMS> {
    const { Credentials } = await connectSts(server, "encryptor").getFederationToken({
      Name: "guest",
      Policy: JSON.stringify(policyOf({ Action: action })),
    });
    return kmsAs(server, clientCredentials(Credentials));
  }

  const named = (Effect: "Allow" | "Deny") =>
    keyPolicy({ Effect, Principal: { AWS: userArn("encryptor") }, Action: "kms:DescribeKey" });

  test("what the user was given is given within the session policy", async () => {
    const { id: KeyId, arn } = await createKey(connect(server), { Policy: named("Allow") });
    const { KeyMetadata } = await (await guest("kms:*")).describeKey({ KeyId });
    assert.equal(KeyMetadata?.Arn, arn);
    await refused(
      (await guest("kms:Encrypt")).describeKey({ KeyId }),
      "AccessDeniedException",
      /no session policy allows/,
    );
  });

  test("what the user was granted is granted within the session policy, what the session was without", async () => {
    const { id: KeyId, arn } = await createKey(connect(server));
    const grantTo = (GranteePrincipal: string) =>
      connect(server).createGrant({ KeyId, GranteePrincipal, Operations: ["DescribeKey"] });
    await grantTo(userArn("encryptor"));
    const { KeyMetadata } = await (await guest("kms:*")).describeKey({ KeyId });
    assert.equal(KeyMetadata?.Arn, arn);
    const narrowed = await guest("kms:Encrypt");
    await refused(
      narrowed.describeKey({ KeyId }),
      "AccessDeniedException",
      /no session policy allows/,
    );
    await grantTo(`arn:aws:sts::${account}:federated-user/guest`);
    assert.equal((await narrowed.describeKey({ KeyId })).KeyMetadata?.Arn, arn);
  });

  test("what the user is denied is denied", async () => {
    const { id: KeyId } = await createKey(connect(server), { Policy: named("Deny") });
    await refused(
      (await guest("kms:*")).describeKey({ KeyId }),
      "AccessDeniedException",
      /with an explicit deny in a resource-based policy/,
    );
  });
});
