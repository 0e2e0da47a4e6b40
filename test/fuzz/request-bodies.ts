/** Bodies of requests to every operation, well-formed but for what they name: what the hostile ones are made of. */

/** What the bodies name. */
export interface Named {
  readonly KeyId: string;
  readonly CiphertextBlob: string;
  readonly GrantToken: string;
  readonly PublicKey: string;
}

const text = "bWVzc2FnZQ==";
const grantee = "arn:aws:iam::111122223333:root";
const policy =
  '{"Version":"2012-10-17","Statement":[{"Effect":"Allow","Principal":"*","Action":"kms:*","Resource":"*"}]}';
const store = { CustomKeyStoreId: "cks-1234567890abcdef0" };
const context = { EncryptionContext: { tenant: "acme", "": "x" } };
const page = { Limit: 3, Marker: "bm9uZQ==" };

/** One body by operation. */
export function requestBodies({ KeyId, ...named }: Named): Readonly<Record<string, object>> {
  const key = { KeyId };
  const { CiphertextBlob, GrantToken, PublicKey } = named;
  const use = { ...key, GrantTokens: [GrantToken], DryRun: false };
  const signing = { ...use, Message: text, MessageType: "RAW", SigningAlgorithm: "ECDSA_SHA_256" };
  const mac = { ...use, Message: text, MacAlgorithm: "HMAC_SHA_256" };
  return {
    CancelKeyDeletion: key,
    ConnectCustomKeyStore: store,
    CreateAlias: { AliasName: "alias/fuzz", TargetKeyId: KeyId },
    CreateCustomKeyStore: {
      CustomKeyStoreName: "fuzz",
      CustomKeyStoreType: "EXTERNAL_KEY_STORE",
      XksProxyUriEndpoint: "https://xks.example.test",
      XksProxyUriPath: "/kms/xks/v1",
      XksProxyConnectivity: "PUBLIC_ENDPOINT",
      XksProxyAuthenticationCredential: {
        AccessKeyId: "ABCDEFGHIJKLMNOPQRST",
        RawSecretAccessKey: "x".repeat(43),
      },
    },
    CreateGrant: {
      ...use,
      GranteePrincipal: grantee,
      RetiringPrincipal: grantee,
      Operations: ["Encrypt", "Decrypt"],
      Constraints: { EncryptionContextSubset: { tenant: "acme" } },
      Name: "fuzz",
    },
    CreateKey: {
      Description: "fuzz",
      KeySpec: "ECC_NIST_P256",
      KeyUsage: "SIGN_VERIFY",
      Origin: "AWS_KMS",
      Policy: policy,
      MultiRegion: true,
      Tags: [{ TagKey: "a", TagValue: "b" }],
    },
    Decapsulate: { ...use, SharedSecretCiphertextBlob: text, EncapsulationAlgorithm: "ML_KEM" },
    Decrypt: { ...use, ...context, CiphertextBlob, EncryptionAlgorithm: "SYMMETRIC_DEFAULT" },
    DeleteAlias: { AliasName: "alias/fuzz" },
    DeleteCustomKeyStore: store,
    DeleteImportedKeyMaterial: { ...key, KeyMaterialId: "0".repeat(64) },
    DeriveSharedSecret: { ...use, KeyAgreementAlgorithm: "ECDH", PublicKey },
    DescribeCustomKeyStores: { ...page, CustomKeyStoreName: "fuzz" },
    DescribeKey: { ...key, GrantTokens: [GrantToken] },
    DisableKey: key,
    DisableKeyRotation: key,
    DisconnectCustomKeyStore: store,
    EnableKey: key,
    EnableKeyRotation: { ...key, RotationPeriodInDays: 90 },
    Encapsulate: { ...use, EncapsulationAlgorithm: "ML_KEM" },
    Encrypt: { ...use, ...context, Plaintext: text },
    GenerateDataKey: { ...use, ...context, KeySpec: "AES_256" },
    GenerateDataKeyPair: { ...use, ...context, KeyPairSpec: "ECC_NIST_P256" },
    GenerateDataKeyPairWithoutPlaintext: { ...use, ...context, KeyPairSpec: "ECC_NIST_P256" },
    GenerateDataKeyWithoutPlaintext: { ...use, ...context, NumberOfBytes: 32 },
    GenerateMac: mac,
    GenerateRandom: { NumberOfBytes: 32, ...store },
    GetKeyLastUsage: key,
    GetKeyPolicy: { ...key, PolicyName: "default" },
    GetKeyRotationStatus: key,
    GetParametersForImport: {
      ...key,
      WrappingAlgorithm: "RSAES_OAEP_SHA_256",
      WrappingKeySpec: "RSA_2048",
    },
    GetPublicKey: { ...key, GrantTokens: [GrantToken] },
    ImportKeyMaterial: {
      ...key,
      ImportToken: text,
      EncryptedKeyMaterial: text,
      ValidTo: 1_900_000_000.5,
      ExpirationModel: "KEY_MATERIAL_EXPIRES",
      ImportType: "NEW_KEY_MATERIAL",
      KeyMaterialDescription: "fuzz",
    },
    ListAliases: { ...key, ...page },
    ListGrants: { ...key, ...page, GranteePrincipal: grantee, GrantId: "0".repeat(64) },
    ListKeyPolicies: { ...key, ...page },
    ListKeyRotations: { ...key, ...page, IncludeKeyMaterial: "ALL_KEY_MATERIAL" },
    ListKeys: page,
    ListResourceTags: { ...key, ...page },
    ListRetirableGrants: { ...page, RetiringPrincipal: grantee },
    PutKeyPolicy: { ...key, PolicyName: "default", Policy: policy },
    ReEncrypt: {
      CiphertextBlob,
      SourceEncryptionContext: { tenant: "acme" },
      SourceKeyId: KeyId,
      DestinationKeyId: KeyId,
      DestinationEncryptionContext: { tenant: "acme" },
      GrantTokens: [GrantToken],
    },
    ReplicateKey: { ...key, ReplicaRegion: "us-west-2", Policy: policy, Description: "fuzz" },
    RetireGrant: { ...key, GrantId: "0".repeat(64), GrantToken },
    RevokeGrant: { ...key, GrantId: "0".repeat(64), DryRun: true },
    RotateKeyOnDemand: key,
    ScheduleKeyDeletion: { ...key, PendingWindowInDays: 7 },
    Sign: signing,
    TagResource: { ...key, Tags: [{ TagKey: "a", TagValue: "b" }] },
    UntagResource: { ...key, TagKeys: ["a"] },
    UpdateAlias: { AliasName: "alias/fuzz", TargetKeyId: KeyId },
    UpdateCustomKeyStore: { ...store, NewCustomKeyStoreName: "fuzz", KeyStorePassword: "password" },
    UpdateKeyDescription: { ...key, Description: "fuzz" },
    UpdatePrimaryRegion: { ...key, PrimaryRegion: "us-west-2" },
    Verify: { ...signing, Signature: text },
    VerifyMac: { ...mac, Mac: text },
  };
}
