import { AwsError } from "../../base/errors.ts";
import type { EncryptionContext } from "../../crypto/encryption-context.ts";
import type { KeySpec } from "../../crypto/key-spec.ts";
import { keySpecs } from "../../crypto/key-spec.ts";
import type { KeyUse } from "./custom-key-stores/find-store.ts";
import type { KmsKey } from "./model/key.ts";
import { evidenceOfUse, sealUnder } from "./symmetric.ts";
import { requireAlgorithm } from "./usage.ts";

/** How a data key pair is asked for. */
interface PairRequest {
  readonly KeyPairSpec: KeySpec;
  readonly EncryptionContext?: EncryptionContext | undefined;
}

/** A fresh data key pair: the private key in PKCS#8, plain and encrypted under a KMS key. */
export async function generateDataKeyPairUnder(
  key: KmsKey,
  { KeyPairSpec, EncryptionContext }: PairRequest,
  use: KeyUse,
) {
  requireAlgorithm(key, "SYMMETRIC_DEFAULT");
  if (key.customStore !== undefined)
    throw new AwsError(
      "UnsupportedOperationException",
      "Data key pairs cannot be generated under a KMS key in a custom key store.",
    );
  const { secret, publicKey } = await use.tools.keyWork.inTurn(
    { spec: KeyPairSpec, part: "making", account: use.context.account },
    () => keySpecs[KeyPairSpec].generate(),
  );
  if (publicKey === undefined) throw new TypeError(`${KeyPairSpec} is not the spec of a key pair`);
  const { blob, materialId } = await sealUnder(key, secret, EncryptionContext, use);
  return {
    privateKey: secret,
    members: {
      PrivateKeyCiphertextBlob: blob,
      PublicKey: publicKey,
      KeyId: key.arn,
      KeyPairSpec,
      KeyMaterialId: materialId,
    },
    evidence: evidenceOfUse(key, materialId),
  };
}
