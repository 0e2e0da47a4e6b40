import type { Forward } from "../../api/invoke.ts";
import { AwsError } from "../../base/errors.ts";
import { randomBytes } from "../../crypto/random.ts";
import type { Domain } from "../../keystore/domain.ts";
import type { ObjectEncryption, StoredObject } from "./model/object.ts";

/** A key that encrypts one object, in plaintext and as it is stored. */
export interface ObjectKey {
  readonly key: Uint8Array;
  readonly encryption: ObjectEncryption;
}

const keyBytes = 32;

/** A key of our own for one object. */
export function newOwnKey(fileId: string, domain: Domain): ObjectKey {
  const key = randomBytes(keyBytes);
  return { key, encryption: { kind: "AES256", wrappedKey: domain.wrap(bind(fileId), key) } };
}

/** A data key for one object, from KMS in the name of the caller. */
export async function newDataKey(
  keyId: string,
  context: Readonly<Record<string, string>>,
  forward: Forward,
): Promise<ObjectKey> {
  const answer = await forward("kms", "GenerateDataKey", {
    KeyId: keyId,
    KeySpec: "AES_256",
    EncryptionContext: context,
  });
  const { Plaintext, CiphertextBlob, KeyId } = answer as Readonly<Record<string, unknown>>;
  if (!(Plaintext instanceof Uint8Array) || !(CiphertextBlob instanceof Uint8Array))
    throw new TypeError("GenerateDataKey gave no data key");
  const wrapped = { keyId: String(KeyId), wrappedKey: CiphertextBlob, context };
  return { key: Plaintext, encryption: { kind: "aws:kms", ...wrapped } };
}

/** The key of an object, if it has one: under a KMS key only as far as the caller may use that. Throws what KMS refuses with. */
export async function openKey(
  { encryption, fileId }: StoredObject,
  domain: Domain,
  forward: Forward,
): Promise<Uint8Array | undefined> {
  if (encryption.kind === "none") return undefined;
  if (encryption.kind === "AES256") return domain.unwrap(bind(fileId), encryption.wrappedKey);
  const answer = await forward("kms", "Decrypt", {
    KeyId: encryption.keyId,
    CiphertextBlob: Buffer.from(encryption.wrappedKey).toString("base64"),
    EncryptionContext: encryption.context,
  });
  const { Plaintext } = answer as Readonly<Record<string, unknown>>;
  if (!(Plaintext instanceof Uint8Array)) throw new TypeError("Decrypt gave no data key");
  return Plaintext;
}

/** The encryption context of an object: what the caller gives, and the object's own ARN. Throws InvalidArgument. */
export function contextOf(
  given: string | undefined,
  objectArn: string,
): Readonly<Record<string, string>> {
  const own = { "aws:s3:arn": objectArn };
  if (given === undefined) return own;
  const pairs = readPairs(Buffer.from(given, "base64").toString("utf8"));
  const sound =
    typeof pairs === "object" &&
    pairs !== null &&
    Object.values(pairs).every((value) => typeof value === "string");
  if (!sound || "aws:s3:arn" in pairs)
    throw new AwsError(
      "InvalidArgument",
      "The header 'x-amz-server-side-encryption-context' shall be Base64-encoded UTF-8 string holding JSON which represents a string-string map",
    );
  return { ...(pairs as Readonly<Record<string, string>>), ...own };
}

function readPairs(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    // Refused above, whatever is wrong with it.
    return undefined;
  }
}

function bind(fileId: string): readonly string[] {
  return ["object", fileId];
}
