import * as assert from "node:assert/strict";
import { constants, createPublicKey, publicEncrypt, randomBytes } from "node:crypto";
import { afterEach, before, describe, test } from "node:test";
import type { KMS } from "@aws-sdk/client-kms";
import type { TestServer } from "../support/keywright.ts";
import { otherAccount } from "../support/keywright.ts";
import type { Parameters } from "./import-support.ts";
import {
  encryptTo,
  envelope,
  externalKey,
  forever,
  importState,
  keyWrap,
  parametersFor,
} from "./import-support.ts";
import { connect, day, openServer, refused } from "./support.ts";

describe("import tokens and wrapped material", () => {
  let server: TestServer;
  let kms: KMS;
  before(async () => {
    server = await openServer();
    kms = connect(server);
  });
  afterEach(() => {
    server.clock.offset = 0;
    kms = connect(server);
  });
  const send = (
    KeyId: string,
    { ImportToken }: Pick<Parameters, "ImportToken">,
    EncryptedKeyMaterial: Uint8Array,
    by = kms,
  ) => by.importKeyMaterial({ KeyId, ImportToken, EncryptedKeyMaterial, ...forever });

  test("no bit of a token can be changed, and no part of it left out", async () => {
    const { id } = await externalKey(kms);
    const { ImportToken, PublicKey } = await parametersFor(kms, id);
    const wrapped = encryptTo(PublicKey, randomBytes(32));
    const refuse = (token: Uint8Array) =>
      refused(send(id, { ImportToken: token }, wrapped), "InvalidImportTokenException");
    for (let at = 0; at < ImportToken.length; at += 41) {
      const changed = Buffer.from(ImportToken);
      changed[at] = (changed[at] ?? 0) ^ (1 << (at % 8));
      await refuse(changed);
    }
    for (const length of [1, 32, 33, 100, ImportToken.length - 1])
      await refuse(ImportToken.subarray(0, length));
    await refuse(Buffer.concat([ImportToken, Buffer.of(0)]));
    await refuse(randomBytes(6144));
    await send(id, { ImportToken }, wrapped);
  });

  test("a token is good for its own key, account and region only", async () => {
    const [key, other] = [await externalKey(kms), await externalKey(kms)];
    const parameters = await parametersFor(kms, key.id);
    const wrapped = encryptTo(parameters.PublicKey, randomBytes(32));
    await refused(send(other.id, parameters, wrapped), "InvalidImportTokenException");
    const stranger = connect(server, "other");
    const theirs = await externalKey(stranger);
    assert.ok(theirs.arn.includes(otherAccount));
    await refused(send(theirs.id, parameters, wrapped, stranger), "InvalidImportTokenException");
    const elsewhere = connect(server, "admin", "eu-west-1");
    const far = await externalKey(elsewhere);
    await refused(send(far.id, parameters, wrapped, elsewhere), "InvalidImportTokenException");
    await send(key.id, parameters, wrapped);
  });

  test("a token and a public key belong together: those of two answers do not", async () => {
    const { id } = await externalKey(kms);
    const [first, second] = [await parametersFor(kms, id), await parametersFor(kms, id)];
    assert.notDeepEqual(first.PublicKey, second.PublicKey);
    const bytes = randomBytes(32);
    await refused(
      send(id, first, encryptTo(second.PublicKey, bytes)),
      "InvalidCiphertextException",
    );
    await send(id, second, encryptTo(second.PublicKey, bytes));
    await send(id, first, encryptTo(first.PublicKey, bytes));
  });

  test("a token ends after 24 hours, not before", async () => {
    const { id } = await externalKey(kms);
    const parameters = await parametersFor(kms, id);
    const wrapped = encryptTo(parameters.PublicKey, randomBytes(32));
    server.clock.offset = day + 1000;
    await refused(send(id, parameters, wrapped, connect(server)), "ExpiredImportTokenException");
    server.clock.offset = day - 60_000;
    await send(id, parameters, wrapped, connect(server));
  });

  test("whatever is wrong with the wrapped material, the answer is the same", async () => {
    const { id } = await externalKey(kms);
    const parameters = await parametersFor(kms, id);
    const bytes = randomBytes(32);
    const good = encryptTo(parameters.PublicKey, bytes);
    const changed = Buffer.from(good);
    changed[100] = (changed[100] ?? 0) ^ 1;
    const key = createPublicKey({
      key: Buffer.from(parameters.PublicKey),
      type: "spki",
      format: "der",
    });
    const padding = constants.RSA_PKCS1_OAEP_PADDING;
    for (const wrapped of [
      changed,
      good.subarray(0, -1),
      Buffer.concat([good, Buffer.of(0)]),
      Buffer.alloc(256),
      Buffer.alloc(256, 0xff),
      Buffer.of(1),
      randomBytes(6144),
      encryptTo(parameters.PublicKey, bytes, "sha1"),
      publicEncrypt({ key, padding: constants.RSA_PKCS1_PADDING }, bytes),
      publicEncrypt({ key, padding, oaepHash: "sha256", oaepLabel: Buffer.from("label") }, bytes),
      envelope(parameters.PublicKey, bytes),
    ])
      await refused(send(id, parameters, wrapped), "InvalidCiphertextException");
    assert.equal((await importState(kms, id))["KeyState"], "PendingImport");
    await send(id, parameters, good);
  });

  test("whatever is wrong with either layer of an envelope, the answer is the same", async () => {
    const kind = { KeySpec: "ECC_NIST_P256", KeyUsage: "SIGN_VERIFY" } as const;
    const { id } = await externalKey(kms, kind);
    const parameters = await parametersFor(kms, id, "RSA_AES_KEY_WRAP_SHA_256");
    const { PublicKey } = parameters;
    const material = randomBytes(138);
    const good = envelope(PublicKey, material);
    const flipped = (at: number): Buffer => {
      const changed = Buffer.from(good);
      changed[at] = (changed[at] ?? 0) ^ 1;
      return changed;
    };
    const withKey = (aesKey: Uint8Array): Buffer =>
      Buffer.concat([encryptTo(PublicKey, aesKey), keyWrap(aesKey, material)]);
    for (const wrapped of [
      flipped(0),
      flipped(255),
      flipped(256),
      flipped(good.length - 1),
      good.subarray(0, 256),
      good.subarray(0, -1),
      good.subarray(0, -8),
      good.subarray(256),
      withKey(randomBytes(16)),
      withKey(randomBytes(24)),
      encryptTo(PublicKey, material),
    ])
      await refused(send(id, parameters, wrapped), "InvalidCiphertextException");
    // It travels well, and is no private key.
    await refused(send(id, parameters, good), "IncorrectKeyMaterialException");
  });

  test("what cannot travel as asked is refused before anything is handed out", async () => {
    const signing = { KeyUsage: "SIGN_VERIFY" } as const;
    for (const [kind, algorithm, spec] of [
      [{}, "RSAES_PKCS1_V1_5", "RSA_2048"],
      [{}, "RSA_AES_KEY_WRAP_SHA_256", "RSA_4096"],
      [{}, "SM2PKE", "SM2"],
      [{ KeySpec: "RSA_2048", ...signing }, "RSAES_OAEP_SHA_256", "RSA_4096"],
      [{ KeySpec: "ECC_NIST_P521", ...signing }, "RSAES_OAEP_SHA_1", "RSA_2048"],
      [{ KeySpec: "ECC_NIST_P256", ...signing }, "RSAES_OAEP_SHA_1", "SM2"],
      [{ KeySpec: "SM2", ...signing }, "RSA_AES_KEY_WRAP_SHA_256", "RSA_2048"],
    ] as const) {
      const { id } = await externalKey(kms, kind);
      const material = "KeySpec" in kind ? kind.KeySpec : "SYMMETRIC_DEFAULT";
      await refused(
        parametersFor(kms, id, algorithm, spec),
        "UnsupportedOperationException",
        `${algorithm} with ${spec} is not valid for key material of ${material}.`,
      );
    }
  });
});
