import {
  blob,
  boolean,
  integer,
  list,
  map,
  oneOf,
  sensitive,
  string,
  structure,
  timestamp,
} from "../../../shape/shape.ts";

/** Members that many operations share, with the limits of AWS's model. */
export const keyIdentifier = string({ min: 1, max: 2048 });
export const aliasName = string({ min: 1, max: 256, pattern: /^[a-zA-Z0-9:/_-]+$/ });
export const description = string({ min: 0, max: 8192 });
export const policy = string({
  min: 1,
  max: 131_072,
  // biome-ignore lint/suspicious/noControlCharactersInRegex: AWS's own pattern, which the refusal quotes
  pattern: /[\u0009\u000A\u000D\u0020-\u00FF]+/,
});
export const policyName = string({ min: 1, max: 128, pattern: /[\w]+/ });
/** AWS documents no count, but a bound of about 8 KB for all pairs together (facts 6.1). */
export const encryptionContext = map(string(), { bytes: 8192 });
export const encryptionAlgorithm = oneOf(
  "SYMMETRIC_DEFAULT",
  "RSAES_OAEP_SHA_1",
  "RSAES_OAEP_SHA_256",
  "SM2PKE",
);
export const plaintext = blob({ min: 1, max: 4096 });
export const ciphertextBlob = blob({ min: 1, max: 6144 });
/** A message to sign or authenticate, or its digest: no less secret than a plaintext. */
export const message = sensitive(blob({ min: 1, max: 4096 }));
export const messageType = oneOf("RAW", "DIGEST", "EXTERNAL_MU");
export const signature = blob({ min: 1, max: 6144 });
export const signingAlgorithm = oneOf(
  "RSASSA_PSS_SHA_256",
  "RSASSA_PSS_SHA_384",
  "RSASSA_PSS_SHA_512",
  "RSASSA_PKCS1_V1_5_SHA_256",
  "RSASSA_PKCS1_V1_5_SHA_384",
  "RSASSA_PKCS1_V1_5_SHA_512",
  "ECDSA_SHA_256",
  "ECDSA_SHA_384",
  "ECDSA_SHA_512",
  "SM2DSA",
  "ML_DSA_SHAKE_256",
  "ED25519_SHA_512",
  "ED25519_PH_SHA_512",
);
export const mac = blob({ min: 1, max: 6144 });
export const macAlgorithm = oneOf("HMAC_SHA_224", "HMAC_SHA_256", "HMAC_SHA_384", "HMAC_SHA_512");
export const publicKey = blob({ min: 1, max: 8192 });
export const keyAgreementAlgorithm = oneOf("ECDH");
export const encapsulationAlgorithm = oneOf("ML_KEM");
export const numberOfBytes = integer({ min: 1, max: 1024 });
export const dataKeySpec = oneOf("AES_256", "AES_128");
export const dataKeyPairSpec = oneOf(
  "RSA_2048",
  "RSA_3072",
  "RSA_4096",
  "ECC_NIST_P256",
  "ECC_NIST_P384",
  "ECC_NIST_P521",
  "ECC_SECG_P256K1",
  "SM2",
  "ECC_NIST_EDWARDS25519",
  "ML_KEM_512",
  "ML_KEM_768",
  "ML_KEM_1024",
);
/** Who is to read the secret in the answer, and proof of what it is. */
export const recipient = structure({
  KeyEncryptionAlgorithm: oneOf("RSAES_OAEP_SHA_256"),
  AttestationDocument: blob({ min: 1, max: 262_144 }),
});
export const grantToken = string({ min: 1, max: 8192 });
export const grantTokens = list(grantToken, { min: 0, max: 10 });
export const grantId = string({ min: 1, max: 128 });
export const grantName = string({ min: 1, max: 256, pattern: /^[a-zA-Z0-9:/_-]+$/ });
export const principal = string({ min: 1, max: 256, pattern: /^[\w+=,.@:/-]+$/ });
export const servicePrincipal = string({ min: 1, max: 128, pattern: /^[\w.:/-]+$/ });
const sourceArn = string({
  min: 20,
  max: 512,
  pattern: /^arn:aws[a-z0-9-]*:[a-z0-9-]+:[a-z0-9-]*:[0-9]{12}:.+$/,
});
export const grantOperations = list(
  oneOf(
    "Decrypt",
    "Encrypt",
    "GenerateDataKey",
    "GenerateDataKeyWithoutPlaintext",
    "ReEncryptFrom",
    "ReEncryptTo",
    "Sign",
    "Verify",
    "GetPublicKey",
    "CreateGrant",
    "RetireGrant",
    "DescribeKey",
    "GenerateDataKeyPair",
    "GenerateDataKeyPairWithoutPlaintext",
    "GenerateMac",
    "VerifyMac",
    "DeriveSharedSecret",
    "Encapsulate",
    "Decapsulate",
  ),
);
export const grantConstraints = structure({
  EncryptionContextSubset: encryptionContext,
  EncryptionContextEquals: encryptionContext,
  SourceArn: sourceArn,
});
export const limit = integer({ min: 1, max: 1000 });
export const marker = string({ min: 1, max: 1024, pattern: /[\u0020-\u00FF]*/ });
export const dryRun = boolean;
export const dryRunModifiers = list(oneOf("IGNORE_CIPHERTEXT"));
const olderKeySpecs = [
  "RSA_2048",
  "RSA_3072",
  "RSA_4096",
  "ECC_NIST_P256",
  "ECC_NIST_P384",
  "ECC_NIST_P521",
  "ECC_SECG_P256K1",
  "SYMMETRIC_DEFAULT",
  "HMAC_224",
  "HMAC_256",
  "HMAC_384",
  "HMAC_512",
  "SM2",
] as const;
/** The deprecated twin of KeySpec, which never learnt the newer ones. */
export const customerMasterKeySpec = oneOf(...olderKeySpecs);
export const keySpec = oneOf(
  ...olderKeySpecs,
  "ML_DSA_44",
  "ML_DSA_65",
  "ML_DSA_87",
  "ECC_NIST_EDWARDS25519",
  "ML_KEM_512",
  "ML_KEM_768",
  "ML_KEM_1024",
);
export const keyUsage = oneOf(
  "SIGN_VERIFY",
  "ENCRYPT_DECRYPT",
  "GENERATE_VERIFY_MAC",
  "KEY_AGREEMENT",
  "ENCAPSULATE_DECAPSULATE",
);
export const regionName = string({ min: 1, max: 32, pattern: /^([a-z]+-){2,3}\d+$/ });
export const origin = oneOf("AWS_KMS", "EXTERNAL", "AWS_CLOUDHSM", "EXTERNAL_KEY_STORE");

export const wrappingAlgorithm = oneOf(
  "RSAES_PKCS1_V1_5",
  "RSAES_OAEP_SHA_1",
  "RSAES_OAEP_SHA_256",
  "RSA_AES_KEY_WRAP_SHA_1",
  "RSA_AES_KEY_WRAP_SHA_256",
  "SM2PKE",
);
export const wrappingKeySpec = oneOf("RSA_2048", "RSA_3072", "RSA_4096", "SM2");
export const importToken = blob({ min: 1, max: 6144 });
export const encryptedKeyMaterial = blob({ min: 1, max: 6144 });
export const expirationModel = oneOf("KEY_MATERIAL_EXPIRES", "KEY_MATERIAL_DOES_NOT_EXPIRE");
export const keyMaterialDescription = string({
  min: 0,
  max: 256,
  pattern: /^[a-zA-Z0-9:/_\s.-]+$/,
});
export const keyMaterialId = string({ min: 64, max: 64, pattern: /^[a-f0-9]+$/ });

const tag = structure({
  TagKey: { ...string({ min: 1, max: 128 }), required: true as const },
  TagValue: { ...string({ min: 0, max: 256 }), required: true as const },
});
export const tags = list(tag);
export const tagKeys = list(string({ min: 1, max: 128 }));

const regionalKey = structure({ Arn: string(), Region: string() });

/** KeyMetadata as the operations answer it; absent members stay absent (facts 3.1). */
export const keyMetadata = structure({
  AWSAccountId: string(),
  KeyId: string(),
  Arn: string(),
  CreationDate: timestamp,
  Enabled: boolean,
  Description: string(),
  KeyUsage: string(),
  KeyState: string(),
  DeletionDate: timestamp,
  PendingDeletionWindowInDays: integer(),
  ValidTo: timestamp,
  Origin: string(),
  CustomKeyStoreId: string(),
  CloudHsmClusterId: string(),
  XksKeyConfiguration: structure({ Id: string() }),
  ExpirationModel: string(),
  KeyManager: string(),
  CustomerMasterKeySpec: string(),
  KeySpec: string(),
  EncryptionAlgorithms: list(string()),
  SigningAlgorithms: list(string()),
  MacAlgorithms: list(string()),
  KeyAgreementAlgorithms: list(string()),
  EncapsulationAlgorithms: list(string()),
  MultiRegion: boolean,
  MultiRegionConfiguration: structure({
    MultiRegionKeyType: string(),
    PrimaryKey: regionalKey,
    ReplicaKeys: list(regionalKey),
  }),
  CurrentKeyMaterialId: string(),
});

export const grantEntry = structure({
  KeyId: string(),
  GrantId: string(),
  Name: string(),
  CreationDate: timestamp,
  GranteePrincipal: string(),
  GranteeServicePrincipal: string(),
  RetiringPrincipal: string(),
  RetiringServicePrincipal: string(),
  IssuingAccount: string(),
  Operations: list(string()),
  Constraints: grantConstraints,
});
