import { lengthPrefixed } from "../../base/bytes.ts";
import { day } from "../../base/clock.ts";
import { AwsError, IntegrityError } from "../../base/errors.ts";
import type { Wrapping } from "../../crypto/import-wrapping.ts";
import { generateWrappingKey } from "../../crypto/import-wrapping.ts";
import { KeyMaterial } from "../../crypto/key-material.ts";
import type { KmsKey } from "./model/key.ts";

/** What an import token holds. The key is the caller's to dispose of. */
export interface OpenedToken {
  readonly wrapping: Wrapping;
  readonly wrappingKey: KeyMaterial;
}

const version = 0x01;
const lifetime = day;

/**
 * A new wrapping key and the only token that holds its private half: sealed under the key's domain, so that nothing of it
 * is stored here. Plaintext: 01 ‖ LP(JSON of the wrapping and the token's end) ‖ PKCS#8 (docs/ciphertext-format.md).
 */
export async function issueImportToken(
  key: KmsKey,
  wrapping: Wrapping,
  now: Date,
): Promise<{ readonly publicKey: Buffer; readonly token: Buffer; readonly validTo: Date }> {
  const validTo = new Date(now.getTime() + lifetime);
  const { secret, publicKey } = await generateWrappingKey(wrapping.spec);
  const header = lengthPrefixed(JSON.stringify({ ...wrapping, validTo: validTo.getTime() }));
  const content = Buffer.concat([Buffer.of(version), header, secret]);
  const token = key.domain.wrap(identity(key), content);
  secret.fill(0);
  content.fill(0);
  return { publicKey, token, validTo };
}

/** Opens a token of this key. Throws InvalidImportTokenException for any other, ExpiredImportTokenException after a day. */
export function openImportToken(key: KmsKey, token: Uint8Array, now: Date): OpenedToken {
  const content = unwrap(key, token);
  const end = 5 + content.readUInt32BE(1);
  const { validTo, ...wrapping } = JSON.parse(content.toString("utf8", 5, end)) as Wrapping & {
    readonly validTo: number;
  };
  const wrappingKey = new KeyMaterial(content.subarray(end));
  if (now.getTime() < validTo) return { wrapping, wrappingKey };
  wrappingKey[Symbol.dispose]();
  throw new AwsError("ExpiredImportTokenException");
}

/** INVARIANT: what unwraps was wrapped above, for this key: it is read without further checks. */
function unwrap(key: KmsKey, token: Uint8Array): Buffer {
  try {
    const content = key.domain.unwrap(identity(key), token);
    if (content[0] === version) return content;
  } catch (cause) {
    if (!(cause instanceof IntegrityError)) throw cause;
  }
  throw new AwsError("InvalidImportTokenException");
}

function identity({ keyId }: KmsKey): readonly string[] {
  return ["import-token", keyId];
}
