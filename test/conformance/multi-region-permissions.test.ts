import { describe, test } from "node:test";
import { north, west } from "./multi-region-support.ts";
import type { Statement } from "./support.ts";
import {
  account,
  connect,
  createKey,
  delegation,
  keyArn,
  openServer,
  policyOf,
  refused,
  seedWith,
  userArn,
} from "./support.ts";

describe("permissions on multi-Region keys (facts 2.1, 9.4)", () => {
  const manager = (...statements: readonly Statement[]) =>
    openServer(seedWith({ manager: policyOf(...statements) }));

  test("ReplicateKey needs kms:ReplicateKey on the key and kms:CreateKey in the replica's region", async () => {
    const server = await manager(
      { Action: "kms:ReplicateKey" },
      { Action: "kms:CreateKey", Condition: { StringEquals: { "aws:RequestedRegion": west } } },
    );
    const key = await createKey(connect(server), { MultiRegion: true });
    const kms = connect(server, "manager");
    const denied = (action: string) =>
      new RegExp(`not authorized to perform: kms:${action} on resource`);
    await refused(
      kms.replicateKey({ KeyId: key.id, ReplicaRegion: north }),
      "AccessDeniedException",
      denied("CreateKey"),
    );
    const Tags = [{ TagKey: "a", TagValue: "b" }];
    await refused(
      kms.replicateKey({ KeyId: key.id, ReplicaRegion: west, Tags }),
      "AccessDeniedException",
      denied("TagResource"),
    );
    await kms.replicateKey({ KeyId: key.id, ReplicaRegion: west });
    const other = await createKey(connect(server), {
      MultiRegion: true,
      Policy: JSON.stringify(
        policyOf(delegation, {
          Effect: "Deny",
          Principal: "*",
          Action: "kms:ReplicateKey",
          Condition: { StringNotEquals: { "kms:ReplicaRegion": "eu-west-1" } },
        }),
      ),
    });
    await refused(
      kms.replicateKey({ KeyId: other.id, ReplicaRegion: west }),
      "AccessDeniedException",
      /explicit deny in a resource-based policy/,
    );
  });

  test("kms:CreateKey is asked about the replica that is to be: what it is, and whether it bypasses the lockout check", async () => {
    const server = await manager(
      { Action: ["kms:ReplicateKey", "kms:CreateKey"] },
      {
        Effect: "Deny",
        Action: "kms:CreateKey",
        Condition: { Bool: { "kms:BypassPolicyLockoutSafetyCheck": "true" } },
      },
      {
        Effect: "Deny",
        Action: "kms:CreateKey",
        Condition: { StringEquals: { "kms:KeySpec": "HMAC_256" } },
      },
      {
        Effect: "Deny",
        Action: "kms:CreateKey",
        Condition: {
          Bool: { "kms:MultiRegion": "true" },
          StringNotEquals: { "kms:MultiRegionKeyType": "REPLICA" },
        },
      },
    );
    const admin = connect(server);
    const kms = connect(server, "manager");
    const key = await createKey(admin, { MultiRegion: true });
    const explicit =
      /kms:CreateKey on resource: \* with an explicit deny in an identity-based policy/;
    await refused(
      kms.replicateKey({
        KeyId: key.id,
        ReplicaRegion: west,
        BypassPolicyLockoutSafetyCheck: true,
      }),
      "AccessDeniedException",
      explicit,
    );
    const mac = await createKey(admin, {
      MultiRegion: true,
      KeySpec: "HMAC_256",
      KeyUsage: "GENERATE_VERIFY_MAC",
    });
    await refused(
      kms.replicateKey({ KeyId: mac.id, ReplicaRegion: west }),
      "AccessDeniedException",
      explicit,
    );
    await kms.replicateKey({ KeyId: key.id, ReplicaRegion: west });
  });

  test("UpdatePrimaryRegion needs the permission on both keys", async () => {
    const server = await manager({ Action: "kms:UpdatePrimaryRegion" });
    const admin = connect(server);
    const key = await createKey(admin, { MultiRegion: true });
    const Policy = JSON.stringify(
      policyOf(delegation, {
        Effect: "Deny",
        Principal: { AWS: userArn("manager") },
        Action: "kms:UpdatePrimaryRegion",
        Condition: { StringEquals: { "kms:PrimaryRegion": west } },
      }),
    );
    await admin.replicateKey({ KeyId: key.id, ReplicaRegion: west, Policy });
    await refused(
      connect(server, "manager").updatePrimaryRegion({ KeyId: key.id, PrimaryRegion: west }),
      "AccessDeniedException",
      new RegExp(`on resource: ${keyArn(key.id, account, west)} with an explicit deny`),
    );
    await admin.updatePrimaryRegion({ KeyId: key.id, PrimaryRegion: west });
  });

  test("kms:MultiRegion and kms:MultiRegionKeyType tell keys apart", async () => {
    const server = await manager(
      {
        Action: "kms:CreateKey",
        Condition: {
          Bool: { "kms:MultiRegion": "true" },
          StringEquals: { "kms:MultiRegionKeyType": "PRIMARY" },
        },
      },
      {
        Action: "kms:DescribeKey",
        Condition: { StringEquals: { "kms:MultiRegionKeyType": "REPLICA" } },
      },
    );
    const kms = connect(server, "manager");
    await refused(kms.createKey({}), "AccessDeniedException", /kms:CreateKey/);
    const { KeyMetadata } = await kms.createKey({ MultiRegion: true });
    const KeyId = String(KeyMetadata?.KeyId);
    await connect(server).replicateKey({ KeyId, ReplicaRegion: west });
    await refused(kms.describeKey({ KeyId }), "AccessDeniedException", /kms:DescribeKey/);
    await connect(server, "manager", west).describeKey({ KeyId });
  });
});
