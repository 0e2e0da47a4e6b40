import type { KeyObject } from "node:crypto";
import { encode } from "cborg";
import { decodeCbor } from "./cbor.ts";
import { AttestationFault } from "./fault.ts";
import { isSignedBy } from "./signature.ts";

/** A COSE_Sign1 message (RFC 9052) whose algorithm is ES384: what was signed, and the signature. */
export interface SignedMessage {
  readonly payload: Uint8Array;
  readonly signature: Uint8Array;
}

/** The protected header {1: -35}, the only one that attestation documents have: ECDSA with SHA-384. */
const protectedHeader = Buffer.from("a1013822", "hex");

/** CBOR tag 18 of a COSE_Sign1 message, which may be left out. */
const coseTag = 0xd2;

const maximumPayload = 16_384;

/** Reads a COSE_Sign1 message. Throws AttestationFault. */
export function readSignedMessage(bytes: Uint8Array): SignedMessage {
  const parts = decodeCbor(bytes[0] === coseTag ? bytes.subarray(1) : bytes);
  if (!Array.isArray(parts) || parts.length !== 4)
    throw new AttestationFault("it is no COSE_Sign1");
  const [header, unprotected, payload, signature] = parts as readonly unknown[];
  if (!(header instanceof Uint8Array) || !protectedHeader.equals(header))
    throw new AttestationFault("its algorithm is not ES384");
  if (!(unprotected instanceof Map) || unprotected.size !== 0)
    throw new AttestationFault("it has unprotected headers");
  if (!(payload instanceof Uint8Array) || payload.length > maximumPayload)
    throw new AttestationFault("its payload is not a byte string of at most 16,384 bytes");
  if (!(signature instanceof Uint8Array) || signature.length !== 96)
    throw new AttestationFault("its signature does not have 96 bytes");
  return { payload, signature };
}

/** Verifies the signature of a message. Throws AttestationFault. */
export async function verifySignedMessage(
  { payload, signature }: SignedMessage,
  key: KeyObject,
): Promise<void> {
  const signed = encode(["Signature1", protectedHeader, new Uint8Array(), payload]);
  if (!(await isSignedBy(key, { signed, signature }, "ieee-p1363")))
    throw new AttestationFault("its signature is wrong");
}
