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
