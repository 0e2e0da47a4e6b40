import * as assert from "node:assert/strict";
import { randomBytes } from "node:crypto";
import { after, before, describe, test } from "node:test";
import type { KmsKeyringNodeInput } from "@aws-crypto/client-node";
import {
  buildAwsKmsMrkAwareDiscoveryMultiKeyringNode,
  buildAwsKmsMrkAwareStrictMultiKeyringNode,
  buildClient,
  CommitmentPolicy,
  KMS,
  KmsKeyringNode,
} from "@aws-crypto/client-node";
import {
  account,
  connect,
  createKey,
  keyArn,
  keyPolicy,
  openServer,
  otherAccount,
  rootArn,
} from "../conformance/support.ts";
import type { TestServer, TestUser } from "../support/keywright.ts";
import { accessKeys } from "../support/keywright.ts";

/** AWS Encryption SDK for JavaScript, unmodified. */

const [east, west, north] = ["us-east-1", "us-west-2", "eu-north-1"] as const;
type ClientProvider = NonNullable<KmsKeyringNodeInput["clientProvider"]>;
const { encrypt, decrypt } = buildClient(CommitmentPolicy.REQUIRE_ENCRYPT_REQUIRE_DECRYPT);
const encryptionContext = { tenant: "acme", ü: "☂" };
const plaintext = randomBytes(10_000);

/** All texts of an error, also of those that it gathers. */
const text = (error: unknown): string => `${String(error)} ${JSON.stringify(error)}`;

describe("AWS Encryption SDK for JavaScript", () => {
  let server: TestServer;
  let arns: readonly string[];
  let related: string;
  const opened: KMS[] = [];
  after(() => {
    for (const client of opened) client.destroy();
  });
  before(async () => {
    server = await openServer();
    const kms = connect(server);
    const made = await Promise.all(Array.from({ length: 4 }, () => createKey(kms)));
    arns = made.map(({ arn }) => arn);
    const { id } = await createKey(kms, { MultiRegion: true });
    await kms.replicateKey({ KeyId: id, ReplicaRegion: west });
    related = id;
  });

  /** Clients by region. As a type, the SDK's client lacks the undefined that its interface has. */
  const clients = (user: TestUser = "admin"): ClientProvider => {
    const made = new Map<string, KMS>();
    const credentials = accessKeys[user];
    const provide = (region: string): KMS => {
      const { url: endpoint } = server;
      const client = made.get(region) ?? new KMS({ endpoint, region, credentials, maxAttempts: 1 });
      made.set(region, client);
      opened.push(client);
      return client;
    };
    return provide as unknown as ClientProvider;
  };
  const strict = (given: readonly string[], user?: TestUser): KmsKeyringNode => {
    const [generatorKeyId, ...keyIds] = given;
    return new KmsKeyringNode({
      ...(generatorKeyId === undefined ? {} : { generatorKeyId }),
      keyIds,
      clientProvider: clients(user),
    });
  };
  const discovery = (accountIDs: string[], user?: TestUser): KmsKeyringNode =>
    new KmsKeyringNode({
      discovery: true,
      discoveryFilter: { accountIDs, partition: "aws" },
      clientProvider: clients(user),
    });
  const multi = (region: string, user?: TestUser) =>
    buildAwsKmsMrkAwareStrictMultiKeyringNode({
      generatorKeyId: keyArn(related, account, region),
      clientProvider: clients(user),
    });

  test("a message under a generator key and three more opens with each of them", async () => {
    const { result, messageHeader } = await encrypt(strict(arns), plaintext, {
      encryptionContext,
    });
    assert.deepEqual(
      messageHeader.encryptedDataKeys.map(({ providerInfo }) => providerInfo),
      arns,
    );
    for (const arn of arns) {
      const opened = await decrypt(strict([arn]), result);
      assert.deepEqual(opened.plaintext, plaintext);
      const found = opened.messageHeader.encryptionContext;
      for (const [name, value] of Object.entries(encryptionContext))
        assert.equal(found[name], value);
    }
    const { plaintext: discovered } = await decrypt(discovery([account]), result);
    assert.deepEqual(discovered, plaintext);
  });

  test("messages of all sizes return whole", async () => {
    const [both, second] = [strict(arns.slice(0, 2)), strict(arns.slice(1, 2))];
    for (let size = 0; size < 10_000; size += 333) {
      const message = randomBytes(size);
      const { result } = await encrypt(both, message, { encryptionContext });
      assert.deepEqual((await decrypt(second, result)).plaintext, message);
    }
  });

  test("a message with another encryption context, or of another key, is refused", async () => {
    const { result } = await encrypt(strict(arns.slice(0, 1)), plaintext, { encryptionContext });
    const changed = Buffer.from(result);
    changed.set(Buffer.from("acmf"), changed.indexOf("acme"));
    await assert.rejects(decrypt(strict(arns.slice(0, 1)), changed), (error) =>
      /InvalidCiphertextException/.test(text(error)),
    );
    await assert.rejects(decrypt(strict(arns.slice(1, 2)), result), /unencryptedDataKey/);
    await assert.rejects(decrypt(discovery([otherAccount]), result), /unencryptedDataKey/);
  });

  test("a caller without permission opens nothing, with a grant it does", async () => {
    const [arn = ""] = arns;
    const { result } = await encrypt(strict([arn]), plaintext, { encryptionContext });
    await assert.rejects(decrypt(strict([arn], "nobody"), result), (error) =>
      /AccessDenied/.test(text(error)),
    );
    const { GrantToken = "" } = await connect(server).createGrant({
      KeyId: arn,
      GranteePrincipal: "arn:aws:iam::111122223333:user/nobody",
      Operations: ["Decrypt"],
      Constraints: { EncryptionContextSubset: { tenant: "acme" } },
    });
    const keyring = new KmsKeyringNode({
      keyIds: [arn],
      grantTokens: [GrantToken],
      clientProvider: clients("nobody"),
    });
    assert.deepEqual((await decrypt(keyring, result)).plaintext, plaintext);
  });

  test("another account opens what the key policy lets it open", async () => {
    const { arn } = await createKey(connect(server), {
      Policy: keyPolicy({ Principal: { AWS: rootArn(otherAccount) }, Action: "kms:Decrypt" }),
    });
    const { result } = await encrypt(strict([arn]), plaintext);
    const opened = await decrypt(discovery([account], "other"), result);
    assert.deepEqual(opened.plaintext, plaintext);
  });

  test("a message under a multi-Region key opens in each of its regions, and not in another", async () => {
    const { result } = await encrypt(multi(east), plaintext, { encryptionContext });
    for (const region of [east, west])
      assert.deepEqual((await decrypt(multi(region), result)).plaintext, plaintext);
    const inRegions = (regions: string[], accountIDs = [account]) =>
      buildAwsKmsMrkAwareDiscoveryMultiKeyringNode({
        regions,
        discoveryFilter: { accountIDs, partition: "aws" },
        clientProvider: clients(),
      });
    assert.deepEqual((await decrypt(inRegions([west]), result)).plaintext, plaintext);
    await assert.rejects(decrypt(inRegions([north]), result), (error) =>
      /NotFoundException|Invalid arn/.test(text(error)),
    );
    await assert.rejects(decrypt(inRegions([east], [otherAccount]), result), /No EDKs supplied/);
  });

  test("messages made before a rotation, and before the primary moved, still open", async () => {
    const kms = connect(server);
    const { result } = await encrypt(multi(east), plaintext);
    await kms.rotateKeyOnDemand({ KeyId: related });
    const { result: later } = await encrypt(multi(west), plaintext);
    await kms.updatePrimaryRegion({ KeyId: related, PrimaryRegion: west });
    for (const message of [result, later])
      for (const region of [east, west])
        assert.deepEqual((await decrypt(multi(region), message)).plaintext, plaintext);
  });
});
