import { AwsError } from "../../base/errors.ts";

interface CiphertextRequest {
  readonly CiphertextBlob?: Uint8Array | undefined;
  readonly DryRun?: boolean | undefined;
  readonly DryRunModifiers?: readonly "IGNORE_CIPHERTEXT"[] | undefined;
}

/**
 * The ciphertext of a request; undefined only in a DryRun that ignores it, which must name its key instead.
 * Throws ValidationException.
 */
export function requireCiphertext(
  { CiphertextBlob, DryRun, DryRunModifiers = [] }: CiphertextRequest,
  keyId: string | undefined,
): Uint8Array | undefined {
  if (DryRunModifiers.length > 0) {
    if (DryRun !== true)
      throw new AwsError(
        "ValidationException",
        "DryRunModifiers can only be used when DryRun is true.",
      );
    if (keyId === undefined)
      throw new AwsError(
        "ValidationException",
        "IGNORE_CIPHERTEXT requires the ID of the KMS key that would decrypt.",
      );
    return undefined;
  }
  if (CiphertextBlob === undefined)
    throw new AwsError(
      "ValidationException",
      "1 validation error detected: Value null at 'ciphertextBlob' failed to satisfy constraint: Member must not be null",
    );
  return CiphertextBlob;
}
