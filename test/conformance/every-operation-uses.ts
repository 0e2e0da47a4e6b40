import type { CreateKeyCommandInput } from "@aws-sdk/client-kms";
import type { Provocation, Request, Row } from "./every-operation-lab.ts";
import {
  badGrantToken,
  brokenArn,
  disabled,
  dryRun,
  noSuchKey,
  pendingDeletion,
  reasons,
  toKeyOf,
} from "./every-operation-lab.ts";
import { underStoreKey } from "./every-operation-store-support.ts";
import { kinds, present } from "./key-uses.ts";

/** Rows of the operations that use keys. */

const Message = Buffer.from("message");
const Plaintext = Buffer.from("plaintext");
const EncryptionContext = { app: "1" };
const ecdsa = { Message, SigningAlgorithm: "ECDSA_SHA_256" } as const;
const hmac = { Message, MacAlgorithm: "HMAC_SHA_256" } as const;
const kem = { EncapsulationAlgorithm: "ML_KEM" } as const;

/** What all uses of keys refuse alike; `wrong` is a kind of key that is for something else. */
function common(
  operation: string,
  wrong: CreateKeyCommandInput = kinds.mac,
  member = "KeyId",
): Row["errors"] {
  return {
    NotFoundException: noSuchKey(member),
    DisabledException: disabled,
    KMSInvalidStateException: pendingDeletion,
    InvalidGrantTokenException: badGrantToken,
    DryRunOperationException: dryRun,
    InvalidKeyUsageException: toKeyOf(
      wrong,
      (arn) => `${arn} key usage is ${wrong.KeyUsage} which is not valid for ${operation}.`,
      member,
    ),
    KeyUnavailableException: reasons.available,
  };
}

/** A request with a member whose last byte is another. */
function damaged(member: string): Provocation {
  return async (lab, request) => {
    const input = await request(lab);
    const bytes = Buffer.from(input[member] as Uint8Array);
    bytes.writeUInt8(bytes.readUInt8(bytes.length - 1) ^ 1, bytes.length - 1);
    return { input: { ...input, [member]: bytes }, says: "" };
  };
}

/** ML-KEM answers damaged ciphertext with a wrong secret, as its standard demands; what is too short is none. */
const shortened: Provocation = async (lab, request) => {
  const input = await request(lab);
  const blob = Buffer.from(input["SharedSecretCiphertextBlob"] as Uint8Array);
  return { input: { ...input, SharedSecretCiphertextBlob: blob.subarray(1) }, says: "" };
};

const onKey =
  (kind: CreateKeyCommandInput, members: object): Request =>
  async (lab) => ({ KeyId: (await lab.key(kind)).id, ...members });

const encrypted: Request = async (lab) => {
  const { id: KeyId } = await lab.key();
  const input = { KeyId, Plaintext, EncryptionContext };
  const { CiphertextBlob } = await lab.kms.encrypt(input);
  return { KeyId, CiphertextBlob, EncryptionContext };
};

const reEncrypted: Request = async (lab) => {
  const { KeyId, CiphertextBlob } = await encrypted(lab);
  const { id: DestinationKeyId } = await lab.key();
  return {
    SourceKeyId: KeyId,
    CiphertextBlob,
    SourceEncryptionContext: EncryptionContext,
    DestinationKeyId,
  };
};

/** The same request with another key for the one that made the ciphertext. */
const wrongSource =
  (member: string): Provocation =>
  async (lab, request) => ({
    input: { ...(await request(lab)), [member]: (await lab.key()).id },
    says: "The key ID in the request does not identify a CMK that can perform this operation.",
  });

const signed: Request = async (lab) => {
  const { id: KeyId } = await lab.key(kinds.signing);
  const { Signature } = await lab.kms.sign({ KeyId, ...ecdsa });
  return { KeyId, ...ecdsa, Signature: present(Signature) };
};

const authenticated: Request = async (lab) => {
  const { id: KeyId } = await lab.key(kinds.mac);
  const { Mac } = await lab.kms.generateMac({ KeyId, ...hmac });
  return { KeyId, ...hmac, Mac: present(Mac) };
};

const encapsulated: Request = async (lab) => {
  const { id: KeyId } = await lab.key(kinds.encapsulation);
  const { SharedSecretCiphertextBlob } = await lab.kms.encapsulate({ KeyId, ...kem });
  return { KeyId, ...kem, SharedSecretCiphertextBlob: present(SharedSecretCiphertextBlob) };
};

const agreed: Request = async (lab) => {
  const { id: KeyId } = await lab.key(kinds.agreement);
  const { PublicKey } = await lab.kms.getPublicKey({ KeyId });
  return { KeyId, KeyAgreementAlgorithm: "ECDH", PublicKey: present(PublicKey) };
};

const dataKey = { KeySpec: "AES_256", EncryptionContext };
const pair = { KeyPairSpec: "ECC_NIST_P256", EncryptionContext };

/** The operations that use keys. */
export const useRows: readonly Row[] = [
  {
    operation: "Encrypt",
    request: onKey({}, { Plaintext, EncryptionContext }),
    answers: ["CiphertextBlob", "EncryptionAlgorithm", "KeyId"],
    errors: common("Encrypt"),
  },
  {
    operation: "Decrypt",
    request: encrypted,
    answers: ["EncryptionAlgorithm", "KeyId", "KeyMaterialId", "Plaintext"],
    errors: {
      ...common("Decrypt"),
      InvalidCiphertextException: damaged("CiphertextBlob"),
      IncorrectKeyException: wrongSource("KeyId"),
      InvalidKeyUsageException: async (lab) => {
        const { id, arn } = await lab.key(kinds.signing);
        const EncryptionAlgorithm = "RSAES_OAEP_SHA_256";
        return {
          input: { KeyId: id, CiphertextBlob: Buffer.alloc(256, 1), EncryptionAlgorithm },
          says: `${arn} key usage is SIGN_VERIFY which is not valid for Decrypt.`,
        };
      },
    },
  },
  {
    operation: "ReEncrypt",
    request: reEncrypted,
    answers: [
      "CiphertextBlob",
      "DestinationEncryptionAlgorithm",
      "DestinationKeyMaterialId",
      "KeyId",
      "SourceEncryptionAlgorithm",
      "SourceKeyId",
      "SourceKeyMaterialId",
    ],
    errors: {
      ...common("ReEncrypt", kinds.mac, "DestinationKeyId"),
      InvalidCiphertextException: damaged("CiphertextBlob"),
      IncorrectKeyException: wrongSource("SourceKeyId"),
    },
  },
  {
    operation: "GenerateDataKey",
    request: onKey({}, dataKey),
    answers: ["CiphertextBlob", "KeyId", "KeyMaterialId", "Plaintext"],
    errors: common("GenerateDataKey"),
  },
  {
    operation: "GenerateDataKeyWithoutPlaintext",
    request: onKey({}, dataKey),
    answers: ["CiphertextBlob", "KeyId", "KeyMaterialId"],
    errors: common("GenerateDataKeyWithoutPlaintext"),
  },
  {
    operation: "GenerateDataKeyPair",
    request: onKey({}, pair),
    answers: [
      "KeyId",
      "KeyMaterialId",
      "KeyPairSpec",
      "PrivateKeyCiphertextBlob",
      "PrivateKeyPlaintext",
      "PublicKey",
    ],
    errors: { ...common("GenerateDataKeyPair"), UnsupportedOperationException: underStoreKey },
  },
  {
    operation: "GenerateDataKeyPairWithoutPlaintext",
    request: onKey({}, pair),
    answers: ["KeyId", "KeyMaterialId", "KeyPairSpec", "PrivateKeyCiphertextBlob", "PublicKey"],
    errors: {
      ...common("GenerateDataKeyPairWithoutPlaintext"),
      UnsupportedOperationException: underStoreKey,
    },
  },
  {
    operation: "Sign",
    request: onKey(kinds.signing, ecdsa),
    answers: ["KeyId", "Signature", "SigningAlgorithm"],
    errors: common("Sign"),
  },
  {
    operation: "Verify",
    request: signed,
    answers: ["KeyId", "SignatureValid", "SigningAlgorithm"],
    errors: { ...common("Verify"), KMSInvalidSignatureException: damaged("Signature") },
  },
  {
    operation: "GenerateMac",
    request: onKey(kinds.mac, hmac),
    answers: ["KeyId", "Mac", "MacAlgorithm"],
    errors: common("GenerateMac", kinds.signing),
  },
  {
    operation: "VerifyMac",
    request: authenticated,
    answers: ["KeyId", "MacAlgorithm", "MacValid"],
    errors: {
      ...common("VerifyMac", kinds.signing),
      KMSInvalidMacException: damaged("Mac"),
    },
  },
  {
    operation: "DeriveSharedSecret",
    request: agreed,
    answers: ["KeyAgreementAlgorithm", "KeyId", "KeyOrigin", "SharedSecret"],
    errors: common("DeriveSharedSecret", kinds.signing),
  },
  {
    operation: "Encapsulate",
    request: onKey(kinds.encapsulation, kem),
    answers: ["EncapsulationAlgorithm", "KeyId", "SharedSecret", "SharedSecretCiphertextBlob"],
    errors: common("Encapsulate"),
  },
  {
    operation: "Decapsulate",
    request: encapsulated,
    answers: ["EncapsulationAlgorithm", "KeyId", "SharedSecret"],
    errors: { ...common("Decapsulate"), InvalidCiphertextException: shortened },
  },
  {
    operation: "GetPublicKey",
    request: onKey(kinds.signing, {}),
    answers: [
      "CustomerMasterKeySpec",
      "KeyId",
      "KeySpec",
      "KeyUsage",
      "PublicKey",
      "SigningAlgorithms",
    ],
    errors: {
      NotFoundException: noSuchKey(),
      InvalidArnException: brokenArn,
      DisabledException: "a disabled key still tells its public key (docs/operations.md)",
      KMSInvalidStateException: pendingDeletion,
      InvalidGrantTokenException: badGrantToken,
      InvalidKeyUsageException: "a public key is told whatever the key is for",
      UnsupportedOperationException: toKeyOf({}, (arn) => `${arn} has no public key.`),
      KeyUnavailableException: reasons.available,
    },
  },
];
