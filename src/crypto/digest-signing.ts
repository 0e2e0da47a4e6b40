import { createPublicKey } from "node:crypto";
import { sha256 } from "./hash.ts";
import { KeyMaterial } from "./key-material.ts";
import { rsa } from "./key-pairs.ts";
import { sign } from "./signing.ts";

/** A new key pair that signs digests: the private half as PKCS#8, the public one as the PKCS#1 RSAPublicKey that ListPublicKeys shows (DER). */
export async function generateDigestKey(): Promise<{
  readonly privateKey: Buffer;
  readonly publicKey: Buffer;
}> {
  const { secret, publicKey } = await rsa(2_048).generate();
  if (publicKey === undefined) throw new Error("a key pair without a public key");
  const key = createPublicKey({ key: publicKey, type: "spki", format: "der" });
  return { privateKey: secret, publicKey: key.export({ type: "pkcs1", format: "der" }) };
}

/** How digests name a public key: 32 hex digits. AWS does not say what of; here it is the first half of the key's SHA-256. */
export function digestKeyFingerprint(publicKey: Uint8Array): string {
  return sha256(publicKey).toString("hex").slice(0, 32);
}

/** Signs as digests are (SHA256withRSA: RSASSA-PKCS1-v1_5); in hex. Takes over the private key and wipes it. */
export async function signDigest(privateKey: Buffer, text: string): Promise<string> {
  using key = new KeyMaterial(privateKey);
  const signature = await sign(key, "RSASSA_PKCS1_V1_5_SHA_256", "RAW", Buffer.from(text));
  return signature.toString("hex");
}
