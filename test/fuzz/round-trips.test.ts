import * as assert from "node:assert/strict";
import { after, before, describe, test } from "node:test";
import { keySpecs } from "../../src/crypto/key-spec.ts";
import type { Choose } from "./mutate.ts";
import { chooser, seed } from "./mutate.ts";
import type { Service } from "./service.ts";
import { openService } from "./service.ts";

/** Fewer for the slow one. */
const times = (spec: string): number => (spec.startsWith("RSA_") ? 100 : 1_000);
const atOnce = 32;

type Members = Readonly<Record<string, unknown>>;
type RoundTrip = (
  service: Service,
  ids: readonly string[],
  algorithm: string,
  choose: Choose,
) => Promise<void>;

const random = (choose: Choose, least: number, most: number): string => {
  const bytes = Array.from({ length: least + choose(most - least + 1) }, () => choose(256));
  return Buffer.from(bytes).toString("base64");
};
const text = (choose: Choose): string =>
  String.fromCodePoint(...Array.from({ length: 1 + choose(8) }, () => 0x21 + choose(0xd000)));
const contextOf = (choose: Choose): Members =>
  Object.fromEntries(Array.from({ length: choose(5) }, () => [text(choose), text(choose)]));

/** The same bytes but for one bit. */
const flipped = (base64: string, choose: Choose): string => {
  const bytes = Buffer.from(base64, "base64");
  const at = choose(bytes.length);
  bytes[at] = (bytes[at] ?? 0) ^ (1 << choose(8));
  return bytes.toString("base64");
};

/** What comes out is what went in, by each usage of keys; two keys of the spec are given. */
const roundTrips: Readonly<Record<string, RoundTrip>> = {
  async ENCRYPT_DECRYPT(service, [KeyId, DestinationKeyId], algorithm, choose) {
    const symmetric = algorithm === "SYMMETRIC_DEFAULT";
    const Plaintext = random(choose, 1, symmetric ? 4096 : 62);
    const EncryptionContext = symmetric ? contextOf(choose) : undefined;
    const how = { EncryptionAlgorithm: algorithm, EncryptionContext };
    const { CiphertextBlob } = await service.call("Encrypt", { KeyId, Plaintext, ...how });
    const opened = await service.call("Decrypt", { KeyId, CiphertextBlob, ...how });
    assert.equal(opened["Plaintext"], Plaintext);
    const moved = await service.call("ReEncrypt", {
      CiphertextBlob,
      SourceKeyId: KeyId,
      SourceEncryptionContext: EncryptionContext,
      SourceEncryptionAlgorithm: algorithm,
      DestinationKeyId,
      DestinationEncryptionAlgorithm: algorithm,
    });
    const again = { CiphertextBlob: moved["CiphertextBlob"], EncryptionAlgorithm: algorithm };
    const reopened = await service.call("Decrypt", { KeyId: DestinationKeyId, ...again });
    assert.equal(reopened["Plaintext"], Plaintext);
  },
  async SIGN_VERIFY(service, [KeyId, other], SigningAlgorithm, choose) {
    // This algorithm signs digests only.
    const [MessageType, Message] =
      SigningAlgorithm === "ED25519_PH_SHA_512"
        ? ["DIGEST", random(choose, 64, 64)]
        : ["RAW", random(choose, 1, 4096)];
    const request = { KeyId, Message, MessageType, SigningAlgorithm };
    const { Signature } = await service.call("Sign", request);
    const verified = await service.call("Verify", { ...request, Signature });
    assert.equal(verified["SignatureValid"], true);
    if (choose(4) !== 0) return;
    for (const wrong of [{ KeyId: other }, { Message: flipped(Message, choose) }]) {
      const body = JSON.stringify({ ...request, Signature, ...wrong });
      const { code } = await service.send("Verify", Buffer.from(body));
      assert.equal(code, "KMSInvalidSignatureException");
    }
  },
  async GENERATE_VERIFY_MAC(service, [KeyId, other], MacAlgorithm, choose) {
    const request = { KeyId, Message: random(choose, 1, 4096), MacAlgorithm };
    const { Mac } = await service.call("GenerateMac", request);
    const verified = await service.call("VerifyMac", { ...request, Mac });
    assert.equal(verified["MacValid"], true);
    const body = JSON.stringify({ ...request, Mac, KeyId: other });
    assert.equal(
      (await service.send("VerifyMac", Buffer.from(body))).code,
      "KMSInvalidMacException",
    );
  },
  async KEY_AGREEMENT(service, ids, KeyAgreementAlgorithm) {
    const secrets = ids.map(async (KeyId, index) => {
      const peer = { KeyId: ids[1 - index] };
      const { PublicKey } = await service.call("GetPublicKey", peer);
      const request = { KeyId, KeyAgreementAlgorithm, PublicKey };
      return (await service.call("DeriveSharedSecret", request))["SharedSecret"];
    });
    const [ours, theirs] = await Promise.all(secrets);
    assert.equal(ours, theirs);
  },
  async ENCAPSULATE_DECAPSULATE(service, [KeyId, other], EncapsulationAlgorithm) {
    const made = await service.call("Encapsulate", { KeyId, EncapsulationAlgorithm });
    const { SharedSecret, SharedSecretCiphertextBlob } = made;
    const request = { SharedSecretCiphertextBlob, EncapsulationAlgorithm };
    const opened = await service.call("Decapsulate", { KeyId, ...request });
    assert.equal(opened["SharedSecret"], SharedSecret);
    const wrong = await service.call("Decapsulate", { KeyId: other, ...request });
    assert.notEqual(wrong["SharedSecret"], SharedSecret);
  },
};

describe(`round trips through the API (FUZZ_SEED=${seed})`, () => {
  let service: Service;
  before(async () => {
    service = await openService();
  });
  after(() => service.close());

  for (const [spec, { algorithms }] of Object.entries(keySpecs))
    for (const [usage, offered = []] of Object.entries<readonly string[] | undefined>({
      ...algorithms,
    }))
      test(`${spec} for ${usage}: ${times(spec)} times`, async () => {
        const choose = chooser(`${spec} ${usage}`);
        const create = async () => {
          const input = { KeySpec: spec, KeyUsage: usage };
          const { KeyMetadata } = await service.call("CreateKey", input);
          return (KeyMetadata as { readonly KeyId: string }).KeyId;
        };
        const ids = await Promise.all([create(), create()]);
        let left = times(spec);
        const work = async (): Promise<void> => {
          while (left-- > 0)
            await roundTrips[usage]?.(service, ids, offered[left % offered.length] ?? "", choose);
        };
        await Promise.all(Array.from({ length: atOnce }, work));
        assert.ok(usage in roundTrips);
        assert.deepEqual(service.faults, []);
      });
});
