import type { CallContext } from "../../api/context.ts";
import { day } from "../../base/clock.ts";
import { AwsError } from "../../base/errors.ts";
import { unwrapMaterial } from "../../crypto/import-wrapping.ts";
import type { StoredMaterial } from "../../keystore/keystore.ts";
import type { ImportTerms } from "./import-material.ts";
import { openImportToken } from "./import-token.ts";
import { pendingMaterial } from "./model/imported.ts";
import type { KmsKey } from "./model/key.ts";
import { isReplica } from "./model/key.ts";
import type { KmsTools } from "./operation.ts";
import { requirePrimary } from "./relatives.ts";
import { isSymmetric } from "./usage.ts";

/** What ImportKeyMaterial demands of its request, in the order in which it is refused. */

interface ImportRequest {
  readonly ImportToken: Uint8Array;
  readonly EncryptedKeyMaterial: Uint8Array;
  readonly ValidTo?: Date | undefined;
  readonly ExpirationModel?: "KEY_MATERIAL_EXPIRES" | "KEY_MATERIAL_DOES_NOT_EXPIRE" | undefined;
  readonly ImportType?: "NEW_KEY_MATERIAL" | "EXISTING_KEY_MATERIAL" | undefined;
  readonly KeyMaterialDescription?: string | undefined;
  readonly KeyMaterialId?: string | undefined;
}

const longest = 365 * day;

/** Refuses members that do not go together, or not with the key (facts 7.3, 7.4). */
export function refuseRequest(key: KmsKey, request: ImportRequest): void {
  if (!isSymmetric(key))
    for (const name of ["ImportType", "KeyMaterialDescription", "KeyMaterialId"] as const)
      if (request[name] !== undefined)
        throw invalid(`${name} is not valid for key spec ${key.spec}.`);
  if (request.KeyMaterialDescription !== undefined && isReplica(key))
    throw invalid("KeyMaterialDescription can be set in the primary key only.");
  if (!isNew(key, request)) return;
  if (key.multiRegion !== undefined) requirePrimary(key);
  if (request.KeyMaterialId !== undefined)
    throw invalid("KeyMaterialId is not valid for an ImportType of NEW_KEY_MATERIAL.");
}

/** When the material ends, and how it is described. Throws ValidationException in AWS's words. */
export function termsOf(request: ImportRequest, now: Date): ImportTerms {
  const { ExpirationModel = "KEY_MATERIAL_EXPIRES", ValidTo: validTo } = request;
  const description = request.KeyMaterialDescription;
  const described = description === undefined ? {} : { description };
  if (ExpirationModel === "KEY_MATERIAL_DOES_NOT_EXPIRE") {
    if (validTo === undefined) return described;
    throw invalid("ValidTo is not valid for an ExpirationModel of KEY_MATERIAL_DOES_NOT_EXPIRE.");
  }
  if (validTo === undefined)
    throw invalid("A validTo date must be set if the ExpirationModel is KEY_MATERIAL_EXPIRES");
  if (validTo <= now) throw invalid("ValidTo must be in the future");
  if (validTo.getTime() - now.getTime() > longest)
    throw invalid("ValidTo must be at most 365 days in the future.");
  return { ...described, validTo };
}

/** The material that a request brings, taken into the key store. Every failure to unwrap it looks alike. */
export async function materialOf(
  key: KmsKey,
  { ImportToken, EncryptedKeyMaterial }: ImportRequest,
  { account, time }: CallContext,
  { keyStore, keyWork }: KmsTools,
): Promise<StoredMaterial> {
  const opened = openImportToken(key, ImportToken, time);
  using wrappingKey = opened.wrappingKey;
  const { wrapping } = opened;
  const bytes = await keyWork.inTurn({ spec: wrapping.spec, part: "private", account }, () =>
    unwrapMaterial(wrappingKey, wrapping, EncryptedKeyMaterial),
  );
  if (bytes === undefined) throw new AwsError("InvalidCiphertextException");
  const material = await keyWork
    .inTurn({ spec: key.spec, part: "making", account }, () =>
      keyStore.take(key.domain, key.keyId, key.spec, bytes),
    )
    // Also where it got no turn: what was unwrapped is left nowhere.
    .finally(() => bytes.fill(0));
  if (material === undefined) throw new AwsError("IncorrectKeyMaterialException");
  return material;
}

/** Refuses material that is not the one that is meant, and a second one that would have to wait for its rotation. */
export function refuseMaterial(
  key: KmsKey,
  { materialId }: StoredMaterial,
  request: ImportRequest,
): void {
  const isKnown = key.materials.some((each) => each.materialId === materialId);
  const isMeant = (request.KeyMaterialId ?? materialId) === materialId;
  if (isKnown === isNew(key, request) || !isMeant)
    throw new AwsError("IncorrectKeyMaterialException");
  const pending = isKnown ? undefined : pendingMaterial(key);
  if (pending !== undefined)
    throw new AwsError(
      "KMSInvalidStateException",
      `New key material (id: ${materialId}) cannot be imported into KMS key ${key.keyId}, because another key material (id: ${pending.materialId}) is pending rotation.`,
    );
}

/** Whether the request means material that the key has not had; without a word on it, that is its first only. */
function isNew({ materials }: KmsKey, { ImportType }: ImportRequest): boolean {
  return ImportType === undefined ? materials.length === 0 : ImportType === "NEW_KEY_MATERIAL";
}

function invalid(message: string): AwsError {
  return new AwsError("ValidationException", message);
}
