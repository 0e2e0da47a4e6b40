import { AwsError } from "../../base/errors.ts";
import type { MessageType, SigningAlgorithm } from "../../crypto/key-spec.ts";
import { digestLength, messageTypesOf } from "../../crypto/signing.ts";
import type { KmsKey } from "./model/key.ts";
import { requireAlgorithm } from "./usage.ts";

/** What asymmetric keys share: their public half, and the rules of what they sign. */

/** The public key (SubjectPublicKeyInfo, DER) of a key pair. Throws KMSInvalidStateException before its import. */
export function publicKeyOf({ arn, materials, currentMaterialId }: KmsKey): Uint8Array {
  const current = materials.find(({ materialId }) => materialId === currentMaterialId);
  if (current?.publicKey === undefined)
    throw new AwsError("KMSInvalidStateException", `${arn} is pending import.`);
  return current.publicKey;
}

/** What Sign and Verify say of a signature. */
export interface SignatureRequest {
  readonly SigningAlgorithm: SigningAlgorithm;
  readonly MessageType?: MessageType | undefined;
  readonly Message: Uint8Array;
}

/** The type of the message, after refusing algorithms, types and lengths that do not go together (facts 5.2). */
export function requireMessage(key: KmsKey, request: SignatureRequest): MessageType {
  const { SigningAlgorithm: algorithm, MessageType: type = "RAW", Message: message } = request;
  requireAlgorithm(key, algorithm);
  if (!messageTypesOf(algorithm).includes(type))
    throw new AwsError(
      "ValidationException",
      `MessageType ${type} is not valid for algorithm ${algorithm}.`,
    );
  const length = digestLength(algorithm);
  if (type !== "RAW" && length !== undefined && message.length !== length)
    throw new AwsError(
      "ValidationException",
      `Digest is invalid length for algorithm ${algorithm}.`,
    );
  return type;
}
