import * as assert from "node:assert/strict";
import {
  constants,
  createCipheriv,
  createPublicKey,
  publicEncrypt,
  randomBytes,
} from "node:crypto";
import type {
  AlgorithmSpec,
  CreateKeyCommandInput,
  ImportKeyMaterialCommandInput,
  ImportKeyMaterialCommandOutput,
  KMS,
  WrappingKeySpec,
} from "@aws-sdk/client-kms";
import { answer, createKey } from "./support.ts";

/** What GetParametersForImport answered. */
export interface Parameters {
  readonly ImportToken: Uint8Array;
  readonly PublicKey: Uint8Array;
  readonly ParametersValidTo: Date;
}

/** A key without material, for a spec that is symmetric unless `kind` says otherwise. */
export async function externalKey(kms: KMS, kind: CreateKeyCommandInput = {}) {
  const { id, arn } = await createKey(kms, { Origin: "EXTERNAL", ...kind });
  return { id, arn };
}

export async function parametersFor(
  kms: KMS,
  KeyId: string,
  WrappingAlgorithm: AlgorithmSpec = "RSAES_OAEP_SHA_256",
  spec: WrappingKeySpec = "RSA_2048",
): Promise<Parameters> {
  const request = { KeyId, WrappingAlgorithm, WrappingKeySpec: spec };
  const { ImportToken, PublicKey, ParametersValidTo } = await kms.getParametersForImport(request);
  assert.ok(ImportToken && PublicKey && ParametersValidTo);
  return { ImportToken, PublicKey, ParametersValidTo };
}

/** Encrypts to a wrapping key as the owner of material does. */
export function encryptTo(
  publicKey: Uint8Array,
  plaintext: Uint8Array,
  oaepHash: "sha1" | "sha256" = "sha256",
): Buffer {
  const key = createPublicKey({ key: Buffer.from(publicKey), type: "spki", format: "der" });
  return publicEncrypt({ key, oaepHash, padding: constants.RSA_PKCS1_OAEP_PADDING }, plaintext);
}

/** The AES-KWP wrapping of material under an AES key. */
export function keyWrap(aesKey: Uint8Array, material: Uint8Array): Buffer {
  const name = `id-aes${aesKey.length * 8}-wrap-pad`;
  const cipher = createCipheriv(name, aesKey, Buffer.from("A65959A6", "hex"));
  return Buffer.concat([cipher.update(material), cipher.final()]);
}

/** What travels under RSA_AES_KEY_WRAP: the encrypted AES key, then the material wrapped under it. */
export function envelope(publicKey: Uint8Array, material: Uint8Array): Buffer {
  const aesKey = randomBytes(32);
  return Buffer.concat([encryptTo(publicKey, aesKey), keyWrap(aesKey, material)]);
}

type Terms = Omit<ImportKeyMaterialCommandInput, "KeyId" | "ImportToken" | "EncryptedKeyMaterial">;

export const forever: Terms = { ExpirationModel: "KEY_MATERIAL_DOES_NOT_EXPIRE" };

/** Imports material of a symmetric or HMAC key by the usual way; for ever, unless the terms say otherwise. */
export async function importBytes(
  kms: KMS,
  KeyId: string,
  material: Uint8Array,
  terms: Terms = {},
): Promise<Omit<ImportKeyMaterialCommandOutput, "$metadata">> {
  const { ImportToken, PublicKey } = await parametersFor(kms, KeyId);
  const EncryptedKeyMaterial = encryptTo(PublicKey, material);
  const expires = terms.ValidTo === undefined ? forever : {};
  const input = { KeyId, ImportToken, EncryptedKeyMaterial, ...expires, ...terms };
  return answer(kms.importKeyMaterial(input));
}

/** Imports the private key of a pair, which is too long for RSA alone. */
export async function importPrivateKey(kms: KMS, KeyId: string, pkcs8: Uint8Array): Promise<void> {
  const { ImportToken, PublicKey } = await parametersFor(kms, KeyId, "RSA_AES_KEY_WRAP_SHA_256");
  const EncryptedKeyMaterial = envelope(PublicKey, pkcs8);
  await kms.importKeyMaterial({ KeyId, ImportToken, EncryptedKeyMaterial, ...forever });
}

/** A symmetric key with material that its owner knows. */
export async function importedKey(kms: KMS, kind: CreateKeyCommandInput = {}, terms: Terms = {}) {
  const key = await externalKey(kms, kind);
  const bytes = randomBytes(32);
  const { KeyMaterialId } = await importBytes(kms, key.id, bytes, terms);
  return { ...key, bytes, material: String(KeyMaterialId) };
}

/** What DescribeKey says of imported material. */
export async function importState(kms: KMS, KeyId: string) {
  const { KeyMetadata } = await kms.describeKey({ KeyId });
  const { KeyState, Enabled, ExpirationModel, ValidTo, CurrentKeyMaterialId } = KeyMetadata ?? {};
  return Object.fromEntries(
    Object.entries({ KeyState, Enabled, ExpirationModel, ValidTo, CurrentKeyMaterialId }).filter(
      ([, value]) => value !== undefined,
    ),
  );
}
