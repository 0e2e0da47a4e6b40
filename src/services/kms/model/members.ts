import {
  blob,
  boolean,
  integer,
  list,
  map,
  oneOf,
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
export const numberOfBytes = integer({ min: 1, max: 1024 });
export const dataKeySpec = oneOf("AES_256", "AES_128");
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
export const origin = oneOf("AWS_KMS", "EXTERNAL", "AWS_CLOUDHSM", "EXTERNAL_KEY_STORE");

const tag = structure({
  TagKey: { ...string({ min: 1, max: 128 }), required: true as const },
  TagValue: { ...string({ min: 0, max: 256 }), required: true as const },
});
export const tags = list(tag);
export const tagKeys = list(string({ min: 1, max: 128 }));

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
  Origin: string(),
  KeyManager: string(),
  CustomerMasterKeySpec: string(),
  KeySpec: string(),
  EncryptionAlgorithms: list(string()),
  MultiRegion: boolean,
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
