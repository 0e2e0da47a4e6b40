import { createPrivateKey, generateKeyPair, sign } from "node:crypto";
import { promisify } from "node:util";
import { sha256 } from "./hash.ts";

const generatePair = promisify(generateKeyPair);
const modulusLength = 2_048;

/** A new key pair that signs digests: the private half as PKCS#8, the public one as the PKCS#1 RSAPublicKey that ListPublicKeys shows (DER). */
export function generateDigestKey(): Promise<{
  readonly privateKey: Buffer;
  readonly publicKey: Buffer;
}> {
  return generatePair("rsa", {
    modulusLength,
    publicKeyEncoding: { type: "pkcs1", format: "der" },
    privateKeyEncoding: { type: "pkcs8", format: "der" },
  });
}

/** How digests name a public key: 32 hex digits. AWS does not say what of; here it is the first half of the key's SHA-256. */
export function digestKeyFingerprint(publicKey: Uint8Array): string {
  return sha256(publicKey).toString("hex").slice(0, 32);
}

/** Signs as digests are (SHA256withRSA: RSASSA-PKCS1-v1_5); in hex. */
export function signDigest(privateKey: Uint8Array, text: string): string {
  const key = createPrivateKey({ key: Buffer.from(privateKey), type: "pkcs8", format: "der" });
  return sign("sha256", Buffer.from(text), key).toString("hex");
}
