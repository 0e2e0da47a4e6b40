import * as assert from "node:assert/strict";
import type { CreateKeyCommandInput, GrantOperation, KMS } from "@aws-sdk/client-kms";
import type { JsonObject } from "../../src/base/json.ts";

/** What a call may say besides what the operation needs. */
interface Common {
  readonly KeyId: string;
  readonly DryRun?: boolean;
  readonly GrantTokens?: string[];
}
type Answer = Promise<{ KeyId?: string | undefined }>;

/** A request that is ready to be sent by anyone, to the key by any identifier. */
export type Ready = (client: KMS, KeyId: string, more?: Omit<Common, "KeyId">) => Answer;

/** One operation of key pairs, MAC keys and data key pairs, for the rules that hold for all of them. */
export interface Use {
  readonly operation: GrantOperation;
  /** The kind of key that it works on. */
  readonly kind: CreateKeyCommandInput;
  /** What of the request enters the trail, besides the key. */
  readonly recorded: JsonObject;
  /** Makes what a request needs, while the key can still be used. */
  prepare(kms: KMS, KeyId: string): Promise<Ready>;
}

function use<Input extends object>(
  operation: GrantOperation,
  kind: CreateKeyCommandInput,
  recorded: JsonObject,
  input: (kms: KMS, KeyId: string) => Promise<Input> | Input,
  send: (kms: KMS, input: Input & Common) => Answer,
): Use {
  return {
    operation,
    kind,
    recorded,
    async prepare(kms, id) {
      const ready = await input(kms, id);
      return (client, KeyId, more = {}) => send(client, { ...ready, KeyId, ...more });
    },
  };
}

/** The member of an answer, which must be there. */
export function present<T>(value: T | undefined): T {
  assert.ok(value !== undefined);
  return value;
}

export const kinds = {
  signing: { KeySpec: "ECC_NIST_P256", KeyUsage: "SIGN_VERIFY" },
  mac: { KeySpec: "HMAC_256", KeyUsage: "GENERATE_VERIFY_MAC" },
  agreement: { KeySpec: "ECC_NIST_P256", KeyUsage: "KEY_AGREEMENT" },
  encapsulation: { KeySpec: "ML_KEM_512", KeyUsage: "ENCAPSULATE_DECAPSULATE" },
  encryption: { KeySpec: "RSA_2048", KeyUsage: "ENCRYPT_DECRYPT" },
  symmetric: { KeySpec: "SYMMETRIC_DEFAULT", KeyUsage: "ENCRYPT_DECRYPT" },
} as const satisfies Readonly<Record<string, CreateKeyCommandInput>>;

const Message = Buffer.from("a message of a size to be found again");
const ecdsa = { Message, SigningAlgorithm: "ECDSA_SHA_256" } as const;
const hmac = { Message, MacAlgorithm: "HMAC_SHA_256" } as const;
const kem = { EncapsulationAlgorithm: "ML_KEM" } as const;
const oaep = { EncryptionAlgorithm: "RSAES_OAEP_SHA_256" } as const;
const pair = { KeyPairSpec: "ECC_NIST_P256", EncryptionContext: { app: "1" } } as const;

const inTrail = {
  signing: { messageType: "RAW", signingAlgorithm: "ECDSA_SHA_256" },
  mac: { macAlgorithm: "HMAC_SHA_256" },
  encapsulation: { encapsulationAlgorithm: "ML_KEM" },
  encryption: { encryptionAlgorithm: "RSAES_OAEP_SHA_256" },
  pair: { keyPairSpec: "ECC_NIST_P256", encryptionContext: { app: "1" } },
};

/** All of them. Each works on a fresh key of its kind. */
export const uses: readonly Use[] = [
  use(
    "Sign",
    kinds.signing,
    inTrail.signing,
    () => ecdsa,
    (kms, input) => kms.sign(input),
  ),
  use(
    "Verify",
    kinds.signing,
    inTrail.signing,
    async (kms, KeyId) => {
      const { Signature } = await kms.sign({ KeyId, ...ecdsa });
      return { ...ecdsa, Signature: present(Signature) };
    },
    (kms, input) => kms.verify(input),
  ),
  use(
    "GenerateMac",
    kinds.mac,
    inTrail.mac,
    () => hmac,
    (kms, input) => kms.generateMac(input),
  ),
  use(
    "VerifyMac",
    kinds.mac,
    inTrail.mac,
    async (kms, KeyId) => ({
      ...hmac,
      Mac: present((await kms.generateMac({ KeyId, ...hmac })).Mac),
    }),
    (kms, input) => kms.verifyMac(input),
  ),
  use(
    "GetPublicKey",
    kinds.agreement,
    {},
    () => ({}),
    (kms, { KeyId, GrantTokens }) => kms.getPublicKey({ KeyId, GrantTokens }),
  ),
  use(
    "DeriveSharedSecret",
    kinds.agreement,
    { keyAgreementAlgorithm: "ECDH" },
    async (kms, KeyId) => ({
      KeyAgreementAlgorithm: "ECDH" as const,
      PublicKey: present((await kms.getPublicKey({ KeyId })).PublicKey),
    }),
    (kms, input) => kms.deriveSharedSecret(input),
  ),
  use(
    "Encapsulate",
    kinds.encapsulation,
    inTrail.encapsulation,
    () => kem,
    (kms, input) => kms.encapsulate(input),
  ),
  use(
    "Decapsulate",
    kinds.encapsulation,
    inTrail.encapsulation,
    async (kms, KeyId) => {
      const { SharedSecretCiphertextBlob } = await kms.encapsulate({ KeyId, ...kem });
      return { ...kem, SharedSecretCiphertextBlob: present(SharedSecretCiphertextBlob) };
    },
    (kms, input) => kms.decapsulate(input),
  ),
  use(
    "Encrypt",
    kinds.encryption,
    inTrail.encryption,
    () => ({ ...oaep, Plaintext: Message }),
    (kms, input) => kms.encrypt(input),
  ),
  use(
    "Decrypt",
    kinds.encryption,
    inTrail.encryption,
    async (kms, KeyId) => {
      const { CiphertextBlob } = await kms.encrypt({ KeyId, ...oaep, Plaintext: Message });
      return { ...oaep, CiphertextBlob: present(CiphertextBlob) };
    },
    (kms, input) => kms.decrypt(input),
  ),
  use(
    "GenerateDataKeyPair",
    kinds.symmetric,
    inTrail.pair,
    () => pair,
    (kms, input) => kms.generateDataKeyPair(input),
  ),
  use(
    "GenerateDataKeyPairWithoutPlaintext",
    kinds.symmetric,
    inTrail.pair,
    () => pair,
    (kms, input) => kms.generateDataKeyPairWithoutPlaintext(input),
  ),
];
