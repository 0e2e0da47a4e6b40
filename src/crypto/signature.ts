import { createPrivateKey, createPublicKey, generateKeyPairSync, sign, verify } from "node:crypto";

/** A new Ed25519 key pair: PKCS#8 and SPKI in DER. */
export function generateSigningKey(): { readonly privateKey: Buffer; readonly publicKey: Buffer } {
  const pair = generateKeyPairSync("ed25519");
  return {
    privateKey: pair.privateKey.export({ type: "pkcs8", format: "der" }),
    publicKey: pair.publicKey.export({ type: "spki", format: "der" }),
  };
}

/** Signs with Ed25519 (RFC 8032); the signature has 64 bytes. */
export function signEd25519(privateKey: Uint8Array, message: Uint8Array): Buffer {
  return sign(
    null,
    message,
    createPrivateKey({ key: viewOf(privateKey), format: "der", type: "pkcs8" }),
  );
}

/** The same memory: a copy of a private key would be left behind. */
function viewOf({ buffer, byteOffset, byteLength }: Uint8Array): Buffer {
  return Buffer.from(buffer, byteOffset, byteLength);
}

/** Whether an Ed25519 signature of a message holds. */
export function verifyEd25519(
  publicKey: Uint8Array,
  message: Uint8Array,
  signature: Uint8Array,
): boolean {
  const key = createPublicKey({ key: Buffer.from(publicKey), format: "der", type: "spki" });
  return verify(null, message, key, signature);
}
