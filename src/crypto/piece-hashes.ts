import { IntegrityError } from "../base/errors.ts";
import { equalBytes, sha256 } from "./hash.ts";
import { pieceBytes } from "./object-cipher.ts";

const version = 1;
const hashBytes = 32;

/**
 * What vouches for an object that is stored as it is: a version byte, then the SHA-256 of each piece of 65,536 bytes (the last may be
 * shorter, or empty). docs/object-format.md.
 */
export function hashPieces(object: Uint8Array): Buffer {
  const hashes = [Uint8Array.of(version), sha256(object.subarray(0, pieceBytes))];
  for (let from = pieceBytes; from < object.length; from += pieceBytes)
    hashes.push(sha256(object.subarray(from, from + pieceBytes)));
  return Buffer.concat(hashes);
}

/** Hands on a piece of an object that is that very piece. Throws IntegrityError. */
export function checkPiece(hashes: Uint8Array, index: number, piece: Uint8Array): Uint8Array {
  const known = hashes.subarray(1 + index * hashBytes, 1 + (index + 1) * hashBytes);
  if (hashes[0] !== version || !equalBytes(known, sha256(piece)))
    throw new IntegrityError("an object was changed outside the service");
  return piece;
}
