import * as assert from "node:assert/strict";
import { execFileSync } from "node:child_process";
import { createPrivateKey, createPublicKey, verify } from "node:crypto";
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, before, describe, test } from "node:test";
import type { AlgorithmSpec, KMS, WrappingKeySpec } from "@aws-sdk/client-kms";
import { externalKey, forever, importState, parametersFor } from "./import-support.ts";
import { connect, openServer, refused } from "./support.ts";

/** The commands of AWS's guide, "Importing key material", by OpenSSL's own program. */
describe("material wrapped by openssl as AWS's guide says", () => {
  const folder = mkdtempSync(join(tmpdir(), "keywright-import-"));
  after(() => rmSync(folder, { recursive: true, force: true }));
  let kms: KMS;
  before(async () => {
    kms = connect(await openServer());
  });
  const path = (name: string): string => join(folder, name);
  const openssl = (...args: readonly string[]): Buffer =>
    execFileSync("openssl", args, { cwd: folder, stdio: ["ignore", "pipe", "pipe"] });
  const oaep = (hash: string) => [
    ...["-pkeyopt", "rsa_padding_mode:oaep", "-pkeyopt", `rsa_oaep_md:${hash}`],
    ...["-pkeyopt", `rsa_mgf1_md:${hash}`],
  ];
  const encrypt = (from: string, to: string, options: readonly string[]): void => {
    const key = ["-inkey", "WrappingPublicKey.bin", "-keyform", "DER", "-pubin"];
    openssl("pkeyutl", "-encrypt", "-in", from, "-out", to, ...key, ...options);
  };
  /** Wraps PlaintextKeyMaterial.bin for WrappingPublicKey.bin. */
  const wrap = (algorithm: AlgorithmSpec): Buffer => {
    if (algorithm === "SM2PKE") {
      encrypt("PlaintextKeyMaterial.bin", "EncryptedKeyMaterial.bin", []);
      return readFileSync(path("EncryptedKeyMaterial.bin"));
    }
    const options = oaep(algorithm.endsWith("SHA_1") ? "sha1" : "sha256");
    if (algorithm.startsWith("RSAES")) {
      encrypt("PlaintextKeyMaterial.bin", "EncryptedKeyMaterial.bin", options);
      return readFileSync(path("EncryptedKeyMaterial.bin"));
    }
    openssl("rand", "-out", "aes-key.bin", "32");
    const aesKey = readFileSync(path("aes-key.bin")).toString("hex");
    const cipher = ["-id-aes256-wrap-pad", "-K", aesKey, "-iv", "A65959A6"];
    openssl(
      "enc",
      ...cipher,
      "-in",
      "PlaintextKeyMaterial.bin",
      "-out",
      "key-material-wrapped.bin",
    );
    encrypt("aes-key.bin", "aes-key-wrapped.bin", options);
    return Buffer.concat(
      ["aes-key-wrapped.bin", "key-material-wrapped.bin"].map((name) => readFileSync(path(name))),
    );
  };
  const importBy = async (
    KeyId: string,
    material: Uint8Array,
    algorithm: AlgorithmSpec,
    spec: WrappingKeySpec,
  ): Promise<void> => {
    const { ImportToken, PublicKey } = await parametersFor(kms, KeyId, algorithm, spec);
    writeFileSync(path("WrappingPublicKey.bin"), PublicKey);
    writeFileSync(path("PlaintextKeyMaterial.bin"), material);
    const EncryptedKeyMaterial = wrap(algorithm);
    await kms.importKeyMaterial({ KeyId, ImportToken, EncryptedKeyMaterial, ...forever });
  };

  for (const algorithm of ["RSAES_OAEP_SHA_256", "RSAES_OAEP_SHA_1"] as const)
    for (const spec of ["RSA_2048", "RSA_3072", "RSA_4096"] as const)
      test(`a symmetric key under ${algorithm} and ${spec}`, async () => {
        const { id } = await externalKey(kms);
        await importBy(id, openssl("rand", "32"), algorithm, spec);
        assert.equal((await importState(kms, id))["KeyState"], "Enabled");
      });

  const generate = (...options: readonly string[]): Buffer => {
    openssl("genpkey", "-out", "key.pem", ...options);
    return openssl("pkcs8", "-topk8", "-nocrypt", "-outform", "DER", "-in", "key.pem");
  };
  const rsa = (bits: number) => ["-algorithm", "RSA", "-pkeyopt", `rsa_keygen_bits:${bits}`];
  const curve = (name: string) => ["-algorithm", "EC", "-pkeyopt", `ec_paramgen_curve:${name}`];
  const pairs = [
    ["RSA_2048", "RSASSA_PSS_SHA_256", rsa(2048), "RSA_AES_KEY_WRAP_SHA_256", "RSA_2048"],
    ["RSA_3072", "RSASSA_PSS_SHA_256", rsa(3072), "RSA_AES_KEY_WRAP_SHA_1", "RSA_2048"],
    ["RSA_4096", "RSASSA_PSS_SHA_256", rsa(4096), "RSA_AES_KEY_WRAP_SHA_256", "RSA_2048"],
    ["ECC_NIST_P256", "ECDSA_SHA_256", curve("P-256"), "RSAES_OAEP_SHA_256", "RSA_2048"],
    ["ECC_NIST_P384", "ECDSA_SHA_384", curve("P-384"), "RSA_AES_KEY_WRAP_SHA_1", "RSA_2048"],
    ["ECC_NIST_P521", "ECDSA_SHA_512", curve("P-521"), "RSAES_OAEP_SHA_1", "RSA_3072"],
    ["ECC_SECG_P256K1", "ECDSA_SHA_256", curve("secp256k1"), "RSAES_OAEP_SHA_256", "RSA_2048"],
    [
      "ECC_NIST_EDWARDS25519",
      "ED25519_SHA_512",
      ["-algorithm", "ED25519"],
      "RSAES_OAEP_SHA_256",
      "RSA_2048",
    ],
    ["RSA_2048", "RSASSA_PSS_SHA_256", rsa(2048), "SM2PKE", "SM2"],
    ["ECC_NIST_P256", "ECDSA_SHA_256", curve("P-256"), "SM2PKE", "SM2"],
  ] as const;

  for (const [KeySpec, SigningAlgorithm, options, algorithm, spec] of pairs)
    test(`a ${KeySpec} key under ${algorithm} and ${spec} signs for its owner's public key, and no other takes its place`, async () => {
      const { id: KeyId } = await externalKey(kms, { KeySpec, KeyUsage: "SIGN_VERIFY" });
      const material = generate(...options);
      await importBy(KeyId, material, algorithm, spec);
      const privateKey = createPrivateKey({ key: material, type: "pkcs8", format: "der" });
      const publicKey = createPublicKey(privateKey);
      const exported = publicKey.export({ type: "spki", format: "der" });
      const { PublicKey } = await kms.getPublicKey({ KeyId });
      assert.deepEqual(PublicKey, Uint8Array.from(exported));
      const Message = Buffer.from("signed with imported material");
      const { Signature } = await kms.sign({ KeyId, SigningAlgorithm, Message });
      const hash = /SHA_(\d+)$/.exec(SigningAlgorithm)?.[1];
      const digest = KeySpec === "ECC_NIST_EDWARDS25519" ? null : `sha${hash}`;
      const pss = KeySpec.startsWith("RSA") ? { padding: 6, saltLength: 32 } : {};
      assert.ok(
        Signature && verify(digest, Message, { key: publicKey, ...pss }, Buffer.from(Signature)),
      );
      await kms.deleteImportedKeyMaterial({ KeyId });
      assert.deepEqual((await kms.getPublicKey({ KeyId })).PublicKey, PublicKey);
      await refused(
        kms.sign({ KeyId, SigningAlgorithm, Message }),
        "KMSInvalidStateException",
        /is pending import/,
      );
      await refused(
        importBy(KeyId, generate(...options), algorithm, spec),
        "IncorrectKeyMaterialException",
      );
      await importBy(KeyId, material, algorithm, spec);
      assert.equal((await importState(kms, KeyId))["KeyState"], "Enabled");
    });

  test("an RSA key opens offline what was encrypted to it, and the reverse", async () => {
    const kind = { KeySpec: "RSA_2048", KeyUsage: "ENCRYPT_DECRYPT" } as const;
    const { id: KeyId } = await externalKey(kms, kind);
    const material = generate(...rsa(2048));
    await importBy(KeyId, material, "RSA_AES_KEY_WRAP_SHA_256", "RSA_2048");
    const Plaintext = Buffer.from("over the wire");
    const EncryptionAlgorithm = "RSAES_OAEP_SHA_256";
    const { CiphertextBlob } = await kms.encrypt({ KeyId, Plaintext, EncryptionAlgorithm });
    writeFileSync(path("sealed.bin"), CiphertextBlob ?? "");
    const decrypt = ["pkeyutl", "-decrypt", "-inkey", "key.pem", "-in", "sealed.bin"];
    assert.deepEqual(openssl(...decrypt, ...oaep("sha256")), Plaintext);
    openssl(
      "pkey",
      "-in",
      "key.pem",
      "-pubout",
      "-outform",
      "DER",
      "-out",
      "WrappingPublicKey.bin",
    );
    writeFileSync(path("plain.bin"), Plaintext);
    encrypt("plain.bin", "offline.bin", oaep("sha256"));
    const opened = await kms.decrypt({
      KeyId,
      EncryptionAlgorithm,
      CiphertextBlob: readFileSync(path("offline.bin")),
    });
    assert.deepEqual(opened.Plaintext, Uint8Array.from(Plaintext));
  });

  test("an SM2 key under SM2PKE and under RSAES_OAEP_SHA_256 is the same key", async () => {
    const { id: KeyId } = await externalKey(kms, { KeySpec: "SM2", KeyUsage: "SIGN_VERIFY" });
    const material = generate("-algorithm", "SM2");
    await importBy(KeyId, material, "SM2PKE", "SM2");
    await importBy(KeyId, material, "RSAES_OAEP_SHA_256", "RSA_2048");
    const Message = Buffer.from("message");
    const { Signature } = await kms.sign({ KeyId, SigningAlgorithm: "SM2DSA", Message });
    writeFileSync(path("message.bin"), Message);
    writeFileSync(path("signature.bin"), Signature ?? "");
    const id = ["-pkeyopt", "distid:1234567812345678"];
    const files = ["-in", "message.bin", "-sigfile", "signature.bin", "-inkey", "key.pem"];
    const answer = openssl("pkeyutl", "-verify", "-rawin", "-digest", "sm3", ...files, ...id);
    assert.match(answer.toString(), /Verified Successfully/);
  });

  test("a private key of another spec, encrypted, or with explicit parameters, is no material of the key", async () => {
    const kind = { KeySpec: "ECC_NIST_P256", KeyUsage: "SIGN_VERIFY" } as const;
    const { id } = await externalKey(kms, kind);
    const explicit = generate(...curve("P-256"), "-pkeyopt", "ec_param_enc:explicit");
    const own = generate(...curve("P-256"));
    const encrypted = openssl(
      ...["pkcs8", "-topk8", "-outform", "DER", "-in", "key.pem", "-passout", "pass:secret"],
    );
    const sec1 = openssl("ec", "-in", "key.pem", "-outform", "DER");
    for (const material of [
      explicit,
      encrypted,
      sec1,
      generate(...curve("secp256k1")),
      generate(...curve("P-384")),
      generate("-algorithm", "ED25519"),
      generate(...rsa(2048)),
    ])
      await refused(
        importBy(id, material, "RSA_AES_KEY_WRAP_SHA_256", "RSA_2048"),
        "IncorrectKeyMaterialException",
      );
    await importBy(id, own, "RSA_AES_KEY_WRAP_SHA_256", "RSA_2048");
    const rsaKey = await externalKey(kms, { KeySpec: "RSA_2048", KeyUsage: "SIGN_VERIFY" });
    for (const options of [rsa(3072), [...rsa(2048), "-pkeyopt", "rsa_keygen_primes:3"]])
      await refused(
        importBy(rsaKey.id, generate(...options), "RSA_AES_KEY_WRAP_SHA_256", "RSA_2048"),
        "IncorrectKeyMaterialException",
      );
  });

  test("a curve's key without its public point is the same material as with it", async () => {
    const kind = { KeySpec: "ECC_NIST_P256", KeyUsage: "SIGN_VERIFY" } as const;
    const { id: KeyId } = await externalKey(kms, kind);
    const whole = generate(...curve("P-256"));
    const bare = Buffer.concat([
      Buffer.from("3041020100301306072a8648ce3d020106082a8648ce3d030107042730250201010420", "hex"),
      whole.subarray(36, 68),
    ]);
    await importBy(KeyId, bare, "RSAES_OAEP_SHA_256", "RSA_2048");
    await importBy(KeyId, whole, "RSAES_OAEP_SHA_256", "RSA_2048");
  });
});
