import { AwsError } from "../../base/errors.ts";
import type { KeyUsage } from "../../crypto/key-spec.ts";
import { keySpecs } from "../../crypto/key-spec.ts";
import type { KmsKey } from "./model/key.ts";

/** Refuses a key that is not for what the operation does. */
export function requireUsage(key: KmsKey, usage: KeyUsage, operation: string): void {
  if (key.usage !== usage)
    throw new AwsError(
      "InvalidKeyUsageException",
      `${key.arn} key usage is ${key.usage} which is not valid for ${operation}.`,
    );
}

/** Refuses an algorithm that the key does not have. Its usage is to be checked before. */
export function requireAlgorithm(key: KmsKey, asked: string): void {
  const own: readonly string[] = keySpecs[key.spec].algorithms[key.usage] ?? [];
  if (!own.includes(asked)) throw incompatible(key, asked);
}

/** The refusal of an algorithm that the key does not have. */
export function incompatible({ spec }: KmsKey, algorithm: string): AwsError {
  return new AwsError(
    "InvalidKeyUsageException",
    `Algorithm ${algorithm} is incompatible with key spec ${spec}.`,
  );
}

/** Whether the key is a symmetric encryption key; all others work without encryption contexts and data keys. */
export function isSymmetric({ spec }: Pick<KmsKey, "spec">): boolean {
  return keySpecs[spec].keyType === "symmetric";
}

/** The refusal of a key whose material comes from elsewhere. */
export function unsupportedOrigin({ arn, origin }: KmsKey): AwsError {
  return new AwsError(
    "UnsupportedOperationException",
    `${arn} origin is ${origin} which is not valid for this operation.`,
  );
}
