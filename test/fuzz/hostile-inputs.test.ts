import * as assert from "node:assert/strict";
import { constants, generateKeyPairSync, publicEncrypt, randomBytes } from "node:crypto";
import type { TestContext } from "node:test";
import { after, before, describe, test } from "node:test";
import { encode } from "cborg";
import { present } from "../conformance/key-uses.ts";
import { path, rootsFile } from "../conformance/recipient-support.ts";
import { attestationDocument, payloadOf, signedMessage } from "../support/attestation.ts";
import { chooser, mutated, seed } from "./mutate.ts";
import type { Case } from "./run.ts";
import { json, never, run } from "./run.ts";
import type { Service } from "./service.ts";
import { openService } from "./service.ts";

const base64 = (bytes: Uint8Array): string => Buffer.from(bytes).toString("base64");
const bytesOf = (member: unknown): Buffer => Buffer.from(String(member), "base64");

describe(`hostile bytes in the members of requests (FUZZ_SEED=${seed})`, () => {
  let service: Service;
  before(async () => {
    service = await openService([["--attestation-roots", rootsFile]]);
  });
  after(() => service.close());

  const createKey = async (input: object = {}): Promise<string> => {
    const { KeyMetadata } = await service.call("CreateKey", input);
    return (KeyMetadata as { readonly KeyId: string }).KeyId;
  };
  /** A key that waits for its material, and what it takes to bring that. */
  const importing = async (input: object = {}) => {
    const KeyId = await createKey({ ...input, Origin: "EXTERNAL" });
    const wrapping = { WrappingAlgorithm: "RSAES_OAEP_SHA_256", WrappingKeySpec: "RSA_2048" };
    const given = await service.call("GetParametersForImport", { KeyId, ...wrapping });
    const publicKey = bytesOf(given["PublicKey"]);
    const wrapped = base64(wrap(publicKey, randomBytes(32)));
    return { KeyId, token: bytesOf(given["ImportToken"]), publicKey, wrapped };
  };
  const attack = async (context: TestContext, count: number, make: (index: number) => Case) => {
    const tally = await run(count, make, service.send);
    context.diagnostic(`${count} requests: ${JSON.stringify(Object.fromEntries(tally))}`);
    assert.deepEqual(service.faults, []);
  };

  test("a changed ciphertext blob opens for nobody", async (context) => {
    const choose = chooser("blobs");
    const EncryptionContext = { tenant: "acme" };
    const samples: Buffer[] = [];
    for (let keys = 0; keys < 4; keys++) {
      const KeyId = await createKey();
      for (const length of [1, 32, 4096]) {
        const Plaintext = base64(randomBytes(length));
        const sealed = await service.call("Encrypt", { KeyId, Plaintext, EncryptionContext });
        samples.push(bytesOf(sealed["CiphertextBlob"]));
      }
    }
    const DestinationKeyId = await createKey();
    await attack(context, 25_000, (index) => {
      const CiphertextBlob = base64(mutated(samples, choose));
      return index % 5 === 0
        ? json(
            "ReEncrypt",
            { CiphertextBlob, SourceEncryptionContext: EncryptionContext, DestinationKeyId },
            never,
          )
        : json("Decrypt", { CiphertextBlob, EncryptionContext }, never);
    });
  });

  test("a changed ciphertext of a key pair opens for nobody", async (context) => {
    const choose = chooser("key pairs");
    const KeyId = await createKey({ KeySpec: "RSA_2048", KeyUsage: "ENCRYPT_DECRYPT" });
    const EncryptionAlgorithm = "RSAES_OAEP_SHA_256";
    const sealed = { KeyId, EncryptionAlgorithm, Plaintext: base64(randomBytes(32)) };
    const samples = [bytesOf((await service.call("Encrypt", sealed))["CiphertextBlob"])];
    await attack(context, 2_000, () =>
      json(
        "Decrypt",
        { KeyId, EncryptionAlgorithm, CiphertextBlob: base64(mutated(samples, choose)) },
        never,
      ),
    );
  });

  test("a changed encapsulation gives another secret or none", async (context) => {
    const choose = chooser("encapsulations");
    const kem = {
      KeyId: await createKey({ KeySpec: "ML_KEM_512", KeyUsage: "ENCAPSULATE_DECAPSULATE" }),
      EncapsulationAlgorithm: "ML_KEM",
    };
    const { SharedSecret, SharedSecretCiphertextBlob } = await service.call("Encapsulate", kem);
    const samples = [bytesOf(SharedSecretCiphertextBlob)];
    await attack(context, 2_000, () => {
      const changed = base64(mutated(samples, choose));
      return json(
        "Decapsulate",
        { ...kem, SharedSecretCiphertextBlob: changed },
        (members) => members["SharedSecret"] !== SharedSecret,
      );
    });
  });

  test("a changed signature or MAC proves nothing", async (context) => {
    const choose = chooser("signatures");
    const Message = base64(Buffer.from("message"));
    const signing = {
      KeyId: await createKey({ KeySpec: "ECC_NIST_P256", KeyUsage: "SIGN_VERIFY" }),
      Message,
      SigningAlgorithm: "ECDSA_SHA_256",
    };
    const mac = {
      KeyId: await createKey({ KeySpec: "HMAC_256", KeyUsage: "GENERATE_VERIFY_MAC" }),
      Message,
      MacAlgorithm: "HMAC_SHA_256",
    };
    const signatures: Buffer[] = [];
    for (let times = 0; times < 8; times++)
      signatures.push(bytesOf((await service.call("Sign", signing))["Signature"]));
    const macs = [bytesOf((await service.call("GenerateMac", mac))["Mac"])];
    await attack(context, 7_000, (index) =>
      index % 2 === 0
        ? json("Verify", { ...signing, Signature: base64(mutated(signatures, choose)) }, never)
        : json("VerifyMac", { ...mac, Mac: base64(mutated(macs, choose)) }, never),
    );
  });

  test("a changed grant token is worth nothing", async (context) => {
    const choose = chooser("grant tokens");
    const KeyId = await createKey();
    const terms = { GranteePrincipal: "arn:aws:iam::111122223333:root", Operations: ["Encrypt"] };
    const samples: Buffer[] = [];
    for (let times = 0; times < 8; times++)
      samples.push(bytesOf((await service.call("CreateGrant", { KeyId, ...terms }))["GrantToken"]));
    const Plaintext = base64(Buffer.of(1));
    await attack(context, 15_000, (index) => {
      const bytes = mutated(samples, choose);
      const token = index % 7 === 0 ? bytes.toString("latin1") : base64(bytes);
      return index % 3 === 0
        ? json("RetireGrant", { GrantToken: token }, never)
        : json("Encrypt", { KeyId, Plaintext, GrantTokens: [token] }, never);
    });
  });

  test("a changed import token lets nothing in", async (context) => {
    const choose = chooser("import tokens");
    // Calls that change a key take turns: many keys, or all would wait for each other.
    const keys = await Promise.all(Array.from({ length: 32 }, () => importing()));
    const samples = keys.map(({ token }) => token);
    await attack(context, 12_000, (index) => {
      const { KeyId, token, wrapped } = present(keys[index % keys.length]);
      const ImportToken = base64(mutated(choose(2) === 0 ? [token] : samples, choose));
      const EncryptedKeyMaterial = wrapped;
      return json(
        "ImportKeyMaterial",
        { KeyId, ImportToken, EncryptedKeyMaterial, ...lasting },
        never,
      );
    });
  });

  test("changed wrapped material is no material", async (context) => {
    const choose = chooser("wrapped material");
    const keys = await Promise.all(Array.from({ length: 16 }, () => importing()));
    await attack(context, 1_000, (index) => {
      const { KeyId, token, publicKey } = present(keys[index % keys.length]);
      const wrapped = wrap(publicKey, randomBytes(32));
      const EncryptedKeyMaterial = base64(mutated([wrapped], choose));
      return json(
        "ImportKeyMaterial",
        { KeyId, ImportToken: base64(token), EncryptedKeyMaterial, ...lasting },
        never,
      );
    });
  });

  test("a private key in changed DER is another key or none", async (context) => {
    const choose = chooser("private keys");
    const spec = { KeySpec: "ECC_NIST_P256", KeyUsage: "SIGN_VERIFY" };
    const keys = await Promise.all(Array.from({ length: 16 }, () => importing(spec)));
    const { privateKey } = generateKeyPairSync("ec", { namedCurve: "P-256" });
    const whole = privateKey.export({ format: "der", type: "pkcs8" });
    // The same without its public key, which nothing then contradicts.
    const head = "3041020100301306072a8648ce3d020106082a8648ce3d030107042730250201010420";
    const bare = Buffer.concat([Buffer.from(head, "hex"), whole.subarray(36, 68)]);
    const samples = [whole, bare];
    await attack(context, 2_000, (index) => {
      const { KeyId, token, publicKey } = present(keys[index % keys.length]);
      const EncryptedKeyMaterial = base64(
        wrap(publicKey, mutated(samples, choose).subarray(0, 190)),
      );
      return json("ImportKeyMaterial", {
        KeyId,
        ImportToken: base64(token),
        EncryptedKeyMaterial,
        ...lasting,
      });
    });
  });

  test("a public key in changed DER is another point of the curve or none", async (context) => {
    const choose = chooser("public keys");
    const KeyId = await createKey({ KeySpec: "ECC_NIST_P256", KeyUsage: "KEY_AGREEMENT" });
    const samples = [
      generateKeyPairSync("ec", { namedCurve: "P-256" }),
      generateKeyPairSync("ec", { namedCurve: "P-256", paramEncoding: "explicit" }),
      generateKeyPairSync("ec", { namedCurve: "P-384" }),
      generateKeyPairSync("x25519"),
      generateKeyPairSync("rsa", { modulusLength: 2048 }),
    ].map(({ publicKey }) => publicKey.export({ format: "der", type: "spki" }));
    await attack(context, 14_000, () =>
      json("DeriveSharedSecret", {
        KeyId,
        KeyAgreementAlgorithm: "ECDH",
        PublicKey: base64(mutated(samples, choose)),
      }),
    );
  });

  test("a changed attestation document attests nothing", async (context) => {
    const choose = chooser("attestations");
    const samples = [attestationDocument(path, new Date())];
    const payload = Buffer.from(encode(payloadOf(path, new Date())));
    const { privateKey } = present(path.at(-1));
    const random = (document: Uint8Array, accept?: Case["accept"]): Case => {
      const KeyEncryptionAlgorithm = "RSAES_OAEP_SHA_256";
      const Recipient = { KeyEncryptionAlgorithm, AttestationDocument: base64(document) };
      return json("GenerateRandom", { NumberOfBytes: 8, Recipient }, accept);
    };
    await attack(context, 5_000, () => random(mutated(samples, choose), never));
    // Signed after the change, so that everything behind the signature is reached.
    await attack(context, 1_000, () =>
      random(signedMessage(mutated([payload], choose), privateKey)),
    );
  });
});

const lasting = { ExpirationModel: "KEY_MATERIAL_DOES_NOT_EXPIRE" };

function wrap(publicKey: Buffer, material: Buffer): Buffer {
  const padding = constants.RSA_PKCS1_OAEP_PADDING;
  const key = { key: publicKey, format: "der", type: "spki", oaepHash: "sha256", padding } as const;
  return publicEncrypt(key, material);
}
