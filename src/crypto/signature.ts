import type { KeyObject } from "node:crypto";
import { createPrivateKey, createPublicKey, generateKeyPairSync, sign, verify } from "node:crypto";
import { secretBytes } from "../base/secret-bytes.ts";

/** A new Ed25519 key pair: PKCS#8 and SPKI in DER. */
export function generateSigningKey(): { readonly privateKey: Buffer; readonly publicKey: Buffer } {
  const pair = generateKeyPairSync("ed25519");
  const key = pair.privateKey.export({ format: "raw-private" });
  const privateKey = secretBytes(pkcs8Prefix.length + keyLength);
  privateKey.set(pkcs8Prefix);
  privateKey.set(key, pkcs8Prefix.length);
  key.fill(0);
  return {
    privateKey,
    publicKey: pair.publicKey.export({ type: "spki", format: "der" }),
  };
}

/** The public key (SPKI) of a private one (PKCS#8). */
export function publicKeyOf(privateKey: Uint8Array): Buffer {
  return createPublicKey(readPrivateKey(privateKey)).export({ type: "spki", format: "der" });
}

/** Signs with Ed25519 (RFC 8032); the signature has 64 bytes. */
export function signEd25519(privateKey: Uint8Array, message: Uint8Array): Buffer {
  return sign(null, message, readPrivateKey(privateKey));
}

/** What stands before the 32 bytes of an Ed25519 private key in its PKCS#8 (RFC 8410). */
const pkcs8Prefix = Buffer.from("302e020100300506032b657004220420", "hex");

/** Has OpenSSL take the 32 bytes themselves: its reader of DER leaves a copy behind in memory that nobody wipes. Throws RangeError for another PKCS#8. */
function readPrivateKey(privateKey: Uint8Array): KeyObject {
  const pkcs8 = viewOf(privateKey);
  const key = pkcs8.subarray(pkcs8Prefix.length);
  if (key.length !== keyLength || !pkcs8.subarray(0, pkcs8Prefix.length).equals(pkcs8Prefix))
    throw new RangeError("not the PKCS#8 of an Ed25519 key");
  return createPrivateKey({ key, format: "raw-private", asymmetricKeyType: "ed25519" });
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

/** What stands before the 32 bytes of an Ed25519 public key in its SPKI (RFC 8410). */
const spkiPrefix = Buffer.from("302a300506032b6570032100", "hex");
const keyLength = 32;

/** The 32 bytes of an Ed25519 public key (RFC 8032) in an SPKI. Throws RangeError for another SPKI. */
export function encodeEd25519Key(publicKey: Uint8Array): Buffer {
  const spki = viewOf(publicKey);
  const key = spki.subarray(spkiPrefix.length);
  if (key.length !== keyLength || !spki.subarray(0, spkiPrefix.length).equals(spkiPrefix))
    throw new RangeError("not the SPKI of an Ed25519 key");
  return key;
}

/** The SPKI of an Ed25519 public key of 32 bytes; undefined for another length. */
export function decodeEd25519Key(key: Uint8Array): Buffer | undefined {
  return key.length === keyLength ? Buffer.concat([spkiPrefix, key]) : undefined;
}
