import * as assert from "node:assert/strict";
import { afterEach, before, describe, test } from "node:test";
import type { KMS } from "@aws-sdk/client-kms";
import { east, north, notPrimary, place, Regions, west } from "./multi-region-support.ts";
import {
  account,
  answer,
  createKey,
  keyArn,
  keyPolicy,
  policyOf,
  refused,
  userArn,
} from "./support.ts";

describe("replicas of multi-Region keys (facts 9)", () => {
  let regions: Regions;
  before(async () => {
    regions = await Regions.open();
  });
  afterEach(() => regions.reset());
  const at = (region: string): KMS => regions.at(region);

  const stateAt = async (region: string, KeyId: string) =>
    (await regions.describe(region, KeyId)).KeyState;

  test("a primary key has an id of its own form and lists itself, and no replicas yet", async () => {
    const key = await regions.primary();
    assert.match(key.id, /^mrk-[0-9a-f]{32}$/);
    const metadata = await regions.describe(east, key.id);
    assert.equal(metadata.MultiRegion, true);
    assert.deepEqual(metadata.MultiRegionConfiguration, {
      MultiRegionKeyType: "PRIMARY",
      PrimaryKey: place(key.id, east),
      ReplicaKeys: [],
    });
    const single = await createKey(at(east));
    const { MultiRegion, MultiRegionConfiguration } = await regions.describe(east, single.id);
    assert.equal(MultiRegion, false);
    assert.equal(MultiRegionConfiguration, undefined);
  });

  test("ReplicateKey answers a key that is being created: nothing of its own is inherited", async () => {
    const key = await regions.primary({
      Description: "the primary's",
      Tags: [{ TagKey: "of", TagValue: "primary" }],
      Policy: keyPolicy({ Principal: { AWS: userArn("encryptor") }, Action: "kms:Encrypt" }),
    });
    const { ReplicaKeyMetadata, ReplicaPolicy, ...rest } = await answer(
      at(east).replicateKey({ KeyId: key.arn, ReplicaRegion: west }),
    );
    assert.deepEqual(rest, {});
    const { CreationDate, ...metadata } = ReplicaKeyMetadata ?? {};
    assert.ok(CreationDate instanceof Date);
    assert.deepEqual(metadata, {
      AWSAccountId: account,
      Arn: keyArn(key.id, account, west),
      CustomerMasterKeySpec: "SYMMETRIC_DEFAULT",
      Description: "",
      Enabled: false,
      EncryptionAlgorithms: ["SYMMETRIC_DEFAULT"],
      KeyId: key.id,
      KeyManager: "CUSTOMER",
      KeySpec: "SYMMETRIC_DEFAULT",
      KeyState: "Creating",
      KeyUsage: "ENCRYPT_DECRYPT",
      MultiRegion: true,
      MultiRegionConfiguration: {
        MultiRegionKeyType: "REPLICA",
        PrimaryKey: place(key.id, east),
        ReplicaKeys: [place(key.id, west)],
      },
      Origin: "AWS_KMS",
    });
    assert.equal(JSON.parse(String(ReplicaPolicy)).Id, "key-default-1");
    const replica = await regions.describe(west, key.id);
    assert.equal(replica.KeyState, "Enabled");
    assert.equal(replica.CurrentKeyMaterialId, key.material);
    assert.deepEqual((await at(west).listResourceTags({ KeyId: key.id })).Tags, []);
    assert.deepEqual((await regions.describe(east, key.id)).MultiRegionConfiguration?.ReplicaKeys, [
      place(key.id, west),
    ]);
  });

  test("a replica gets the description, tags and policy that the call gives it", async () => {
    const key = await regions.primary();
    const Policy = keyPolicy({ Principal: { AWS: userArn("manager") }, Action: "kms:Decrypt" });
    const Tags = [{ TagKey: "of", TagValue: "replica" }];
    const { ReplicaTags, ReplicaPolicy } = await at(east).replicateKey({
      KeyId: key.id,
      ReplicaRegion: west,
      Description: "the replica's",
      Policy,
      Tags,
    });
    assert.deepEqual(ReplicaTags, Tags);
    assert.equal((await regions.describe(west, key.id)).Description, "the replica's");
    assert.equal((await regions.describe(east, key.id)).Description, "");
    const stored = (await at(west).getKeyPolicy({ KeyId: key.id })).Policy;
    assert.equal(stored, ReplicaPolicy);
    assert.deepEqual((await at(west).listResourceTags({ KeyId: key.id })).Tags, Tags);
  });

  test("what one region encrypts every related region decrypts, each under its own ARN", async () => {
    const key = await regions.replicated();
    await at(east).replicateKey({ KeyId: key.id, ReplicaRegion: north });
    const Plaintext = Buffer.from("one key, three regions");
    for (const from of [east, west, north]) {
      const { CiphertextBlob } = await at(from).encrypt({ KeyId: key.id, Plaintext });
      for (const to of [east, west, north])
        for (const KeyId of [undefined, key.id, keyArn(key.id, account, to)]) {
          const opened = await at(to).decrypt({ CiphertextBlob, KeyId });
          assert.deepEqual(Buffer.from(opened.Plaintext ?? []), Plaintext);
          assert.equal(opened.KeyId, keyArn(key.id, account, to));
          assert.equal(opened.KeyMaterialId, key.material);
        }
    }
  });

  test("the key of a region without a replica does not exist there", async () => {
    const key = await regions.replicated();
    await refused(
      at(north).describeKey({ KeyId: key.id }),
      "NotFoundException",
      `Key '${keyArn(key.id, account, north)}' does not exist`,
    );
  });

  test("MAC and signing keys replicate: one region verifies what another made", async () => {
    const mac = await regions.replicated({ KeySpec: "HMAC_256", KeyUsage: "GENERATE_VERIFY_MAC" });
    const Message = Buffer.from("message");
    const { Mac } = await at(east).generateMac({
      KeyId: mac.id,
      Message,
      MacAlgorithm: "HMAC_SHA_256",
    });
    const verified = await at(west).verifyMac({
      KeyId: mac.id,
      Message,
      Mac,
      MacAlgorithm: "HMAC_SHA_256",
    });
    assert.equal(verified.MacValid, true);
    const signing = await regions.replicated({ KeySpec: "ECC_NIST_P256", KeyUsage: "SIGN_VERIFY" });
    assert.deepEqual(
      (await at(west).getPublicKey({ KeyId: signing.id })).PublicKey,
      (await at(east).getPublicKey({ KeyId: signing.id })).PublicKey,
    );
    const { Signature } = await at(west).sign({
      KeyId: signing.id,
      Message,
      SigningAlgorithm: "ECDSA_SHA_256",
    });
    const { SignatureValid } = await at(east).verify({
      KeyId: signing.id,
      Message,
      Signature,
      SigningAlgorithm: "ECDSA_SHA_256",
    });
    assert.equal(SignatureValid, true);
  });

  test("only a primary key replicates, once to each region of its partition", async () => {
    const key = await regions.replicated();
    const again = (region: string, from: string = east) =>
      at(from).replicateKey({ KeyId: key.id, ReplicaRegion: region });
    await refused(
      again(north, west),
      "UnsupportedOperationException",
      notPrimary(keyArn(key.id, account, west)),
    );
    await refused(again(west), "AlreadyExistsException", /already exists in us-west-2/);
    await refused(again(east), "AlreadyExistsException", /already exists in us-east-1/);
    await refused(again("cn-north-1"), "UnsupportedOperationException", /another partition/);
    await refused(
      again("nowhere"),
      "ValidationException",
      /Value 'nowhere' at 'replicaRegion' failed to satisfy constraint: Member must satisfy regular expression pattern/,
    );
    const single = await createKey(at(east));
    await refused(
      at(east).replicateKey({ KeyId: single.id, ReplicaRegion: west }),
      "UnsupportedOperationException",
      notPrimary(single.arn),
    );
    await at(west).scheduleKeyDeletion({ KeyId: key.id, PendingWindowInDays: 7 });
    await refused(again(west), "AlreadyExistsException", /already exists in us-west-2/);
  });

  test("ReplicateKey needs an enabled primary key, and refuses bad policies and tags", async () => {
    const key = await regions.primary();
    const replicate = (more: object) =>
      at(east).replicateKey({ KeyId: key.id, ReplicaRegion: west, ...more });
    await refused(replicate({ Policy: "{" }), "MalformedPolicyDocumentException", /./);
    const tag = { TagKey: "aws:x", TagValue: "" };
    await refused(replicate({ Tags: [tag] }), "TagException", /reserved/);
    const lockout = JSON.stringify(
      policyOf({ Principal: { AWS: userArn("nobody") }, Action: "kms:Encrypt" }),
    );
    await refused(replicate({ Policy: lockout }), "MalformedPolicyDocumentException", /./);
    await at(east).disableKey({ KeyId: key.id });
    await refused(replicate({}), "DisabledException", `${key.arn} is disabled.`);
    await at(east).scheduleKeyDeletion({ KeyId: key.id });
    await refused(replicate({}), "KMSInvalidStateException", `${key.arn} is pending deletion.`);
    await refused(
      at(west).describeKey({ KeyId: key.id }),
      "NotFoundException",
      `Key '${keyArn(key.id, account, west)}' does not exist`,
    );
  });

  test("tags, aliases, grants, description and enabling belong to one region", async () => {
    const key = await regions.replicated();
    await at(west).disableKey({ KeyId: key.id });
    await at(west).createAlias({ AliasName: "alias/west", TargetKeyId: key.id });
    await at(west).updateKeyDescription({ KeyId: key.id, Description: "west" });
    await at(east).createGrant({
      KeyId: key.id,
      GranteePrincipal: userArn("nobody"),
      Operations: ["Decrypt"],
    });
    assert.equal(await stateAt(east, key.id), "Enabled");
    assert.equal(await stateAt(west, key.id), "Disabled");
    assert.equal((await regions.describe(east, key.id)).Description, "");
    assert.deepEqual((await at(west).listGrants({ KeyId: key.id })).Grants, []);
    assert.deepEqual((await at(east).listAliases({ KeyId: key.id })).Aliases, []);
  });
});
