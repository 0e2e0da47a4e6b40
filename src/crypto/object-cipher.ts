import { createCipheriv, createDecipheriv } from "node:crypto";
import { u32, u64 } from "../base/bytes.ts";
import { IntegrityError } from "../base/errors.ts";

/**
 * Objects as they are stored: a version byte, then pieces of 65,536 bytes (the last may be shorter, or empty), each sealed by
 * AES-256-GCM with its tag behind it. docs/object-format.md.
 */
export const pieceBytes = 65_536;
const version = 1;
const tagBytes = 16;

/** How many pieces an object has; an empty one has one, so that it is authenticated too. */
function piecesOf(length: number): number {
  return Math.max(1, Math.ceil(length / pieceBytes));
}

/** Where a piece stands in the stored form. */
export function placeOfPiece(
  index: number,
  length: number,
): { readonly from: number; readonly bytes: number } {
  const whole = pieceBytes + tagBytes;
  return {
    from: 1 + index * whole,
    bytes: Math.min(pieceBytes, length - index * pieceBytes) + tagBytes,
  };
}

/** How long the stored form of an object of so many bytes is. */
export function sealedLength(length: number): number {
  return 1 + length + piecesOf(length) * tagBytes;
}

/** Seals an object under a key that has sealed nothing before. */
export function sealObject(key: Uint8Array, object: Uint8Array): Buffer {
  const parts: Uint8Array[] = [Uint8Array.of(version)];
  for (let index = 0; index < piecesOf(object.length); index++) {
    const piece = object.subarray(index * pieceBytes, (index + 1) * pieceBytes);
    const cipher = createCipheriv("aes-256-gcm", key, nonce(index), { authTagLength: tagBytes });
    cipher.setAAD(bindingOf(index, object.length));
    parts.push(cipher.update(piece), cipher.final(), cipher.getAuthTag());
  }
  return Buffer.concat(parts);
}

/** Opens one piece of an object of so many bytes. Throws IntegrityError unless it is that very piece of that very object. */
export function openPiece(
  key: Uint8Array,
  { index, length }: { readonly index: number; readonly length: number },
  sealed: Uint8Array,
): Buffer {
  if (sealed.length < tagBytes) throw new IntegrityError("a piece of an object is missing");
  const decipher = createDecipheriv("aes-256-gcm", key, nonce(index), { authTagLength: tagBytes });
  decipher.setAAD(bindingOf(index, length));
  decipher.setAuthTag(sealed.subarray(sealed.length - tagBytes));
  const plain = decipher.update(sealed.subarray(0, sealed.length - tagBytes));
  try {
    decipher.final();
  } catch (cause) {
    throw new IntegrityError("an object was changed outside the service", { cause });
  }
  return plain;
}

/** INVARIANT: the key is drawn for one object and seals each of its pieces once, so no nonce meets a key twice. */
function nonce(index: number): Buffer {
  return Buffer.concat([u64(0), u32(index)]);
}

function bindingOf(index: number, length: number): Buffer {
  return Buffer.concat([Buffer.from("keywright/object/v1"), u32(index), u64(length)]);
}
