import * as assert from "node:assert/strict";
import { createHash, createPublicKey, verify as verifyBytes } from "node:crypto";
import { after, before, describe, test } from "node:test";
import type { KeySpec } from "@aws-sdk/client-kms";
import { KMSClient } from "@aws-sdk/client-kms";
import { KMSSigner } from "@rumblefishdev/eth-signer-kms";
import { AwsKmsSigner } from "@solana/keychain-aws-kms";
import { AwsKeyManager } from "@web5/crypto-aws-kms";
import { KmsSigner } from "aws-kms-signer";
import {
  computeAddress,
  recoverAddress,
  Transaction,
  verifyMessage,
  verifyTypedData,
} from "ethers";
import { setClient, sign as signToken, verify as verifyToken } from "jwt-on-kms";
import { present } from "../conformance/key-uses.ts";
import { connect, createKey, openServer, region } from "../conformance/support.ts";
import { accessKeys } from "../support/keywright.ts";

/** Signers from npm that keep their keys in KMS, unmodified. What they sign is verified without the service. */

const credentials = accessKeys.admin;
const times = 10;

describe("signers from npm", () => {
  let settings: { endpoint: string; region: string; credentials: typeof credentials };
  let kms: ReturnType<typeof connect>;
  before(async () => {
    const server = await openServer();
    kms = connect(server);
    settings = { endpoint: server.url, region, credentials };
    // Those that make their own client find the endpoint where AWS's SDK looks for it.
    process.env["AWS_ENDPOINT_URL_KMS"] = server.url;
  });
  after(() => {
    delete process.env["AWS_ENDPOINT_URL_KMS"];
  });

  /** A new signing key: its ARN, and its public key as the service tells it. */
  const signingKey = async (KeySpec: KeySpec) => {
    const { arn } = await createKey(kms, { KeySpec, KeyUsage: "SIGN_VERIFY" });
    const { PublicKey } = await kms.getPublicKey({ KeyId: arn });
    const publicKey = createPublicKey({
      key: Buffer.from(present(PublicKey)),
      format: "der",
      type: "spki",
    });
    return { arn, publicKey };
  };
  /** The address of an Ethereum account by its public key. */
  const addressOf = (key: ReturnType<typeof createPublicKey>): string => {
    const point = key.export({ format: "der", type: "spki" }).subarray(-65);
    return computeAddress(`0x${point.toString("hex")}`);
  };

  test("@rumblefishdev/eth-signer-kms signs messages, typed data and transactions of an Ethereum account", async () => {
    const { arn, publicKey } = await signingKey("ECC_SECG_P256K1");
    const signer = await KMSSigner.create(null as never, arn, new KMSClient(settings) as never);
    const address = addressOf(publicKey);
    assert.equal(await signer.getAddress(), address);
    for (let serial = 0; serial < times; serial++) {
      const message = `message ${serial}`;
      assert.equal(verifyMessage(message, await signer.signMessage(message)), address);
    }
    const domain = { name: "Mail", version: "1", chainId: 1 };
    const types = { Mail: [{ name: "to", type: "string" }] };
    const value = { to: "Bob" };
    const signature = await signer.signTypedData(domain, types, value);
    assert.equal(verifyTypedData(domain, types, value, signature), address);
    const signed = await signer.signTransaction({
      to: address,
      value: 1n,
      nonce: 0,
      gasLimit: 21_000n,
      gasPrice: 1n,
      chainId: 1,
    });
    assert.equal(Transaction.from(signed).from, address);
  });

  test("aws-kms-signer signs digests for an Ethereum account", async () => {
    const { arn, publicKey } = await signingKey("ECC_SECG_P256K1");
    const signer = new KmsSigner(arn, settings);
    const address = addressOf(publicKey);
    assert.equal(`0x${String(await signer.getAddress())}`, address);
    for (let serial = 0; serial < times; serial++) {
      const digest = createHash("sha256").update(`message ${serial}`).digest();
      const signature = await signer.sign(digest);
      assert.equal(recoverAddress(digest, String(signature).replace(/^(?!0x)/, "0x")), address);
    }
  });

  test("@solana/keychain-aws-kms signs messages with Ed25519", async () => {
    const { arn, publicKey } = await signingKey("ECC_NIST_EDWARDS25519");
    const raw = publicKey.export({ format: "der", type: "spki" }).subarray(-32);
    const signer = new AwsKmsSigner({
      keyId: arn,
      publicKey: base58(raw),
      region,
      credentials,
    });
    assert.equal(await signer.isAvailable(), true);
    for (let serial = 0; serial < times; serial++) {
      const content = Buffer.from(`message ${serial}`);
      const [signatures] = await signer.signMessages([{ content, signatures: {} }]);
      const [signature] = Object.values(present(signatures));
      assert.ok(verifyBytes(null, content, publicKey, present(signature)));
    }
  });

  test("@web5/crypto-aws-kms makes a key, names it by an alias and signs with it", async () => {
    const keys = new AwsKeyManager({ kmsClient: new KMSClient(settings) as never });
    const keyUri = await keys.generateKey({ algorithm: "ES256K" });
    const jwk = await keys.getPublicKey({ keyUri });
    const members = Object.entries(jwk).map(([name, value]) => [name, String(value)]);
    const publicKey = createPublicKey({ key: Object.fromEntries(members), format: "jwk" });
    for (let serial = 0; serial < times; serial++) {
      const data = Buffer.from(`message ${serial}`);
      const signature = await keys.sign({ keyUri, data });
      const key = { key: publicKey, dsaEncoding: "ieee-p1363" } as const;
      assert.ok(verifyBytes("sha256", data, key, signature));
      assert.equal(await keys.verify({ key: jwk, signature, data }), true);
    }
  });

  test("jwt-on-kms signs tokens that are verified offline", async (context) => {
    // It prints every token.
    context.mock.method(console, "log", () => undefined);
    setClient(new KMSClient(settings) as never);
    const { arn, publicKey } = await signingKey("RSA_2048");
    for (const algorithm of ["RSASSA_PSS_SHA_256", "RSASSA_PSS_SHA_512"] as const) {
      const token = await signToken({ sub: "me" }, arn, { algorithm, expiresIn: 60 });
      const [header = "", payload = "", signature = ""] = token.split(".");
      const hash = algorithm.endsWith("256") ? "sha256" : "sha512";
      const key = { key: publicKey, padding: 6, saltLength: hash === "sha256" ? 32 : 64 };
      const signed = Buffer.from(`${header}.${payload}`);
      assert.ok(verifyBytes(hash, signed, key, Buffer.from(signature, "base64url")));
      if (hash === "sha256") assert.equal((await verifyToken(token, arn)).isValid, true);
    }
  });
});

/** Bytes in Bitcoin's alphabet, as Solana writes public keys. */
function base58(bytes: Buffer): string {
  const alphabet = "123456789ABCDEFGHJKLMNPQRSTUVWXYZabcdefghijkmnopqrstuvwxyz";
  let text = "";
  for (let rest = BigInt(`0x${bytes.toString("hex")}`); rest > 0n; rest /= 58n)
    text = `${alphabet[Number(rest % 58n)]}${text}`;
  const zeros = bytes.findIndex((byte) => byte !== 0);
  return "1".repeat(zeros) + text;
}
