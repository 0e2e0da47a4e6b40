import { openPiece, pieceBytes, placeOfPiece, sealedLength } from "../../crypto/object-cipher.ts";
import { checkPiece } from "../../crypto/piece-hashes.ts";
import type { StoredObject } from "./model/object.ts";
import type { ByteRange } from "./store/object-store.ts";

/** The stored form of an object: where its pieces stand, and how each is made sure of before it is sent. */
export interface Form {
  /** How long it is. */
  readonly length: number;
  placeOf(index: number): ByteRange;
  /** The bytes of a piece from what stands in its place. Throws IntegrityError. */
  open(index: number, stored: Uint8Array): Uint8Array;
}

/** The form that an object is stored in; `key` is its key where it has one. */
export function formOf(
  { size, encryption }: Pick<StoredObject, "encryption" | "size">,
  key: Uint8Array | undefined,
): Form {
  if (encryption.kind === "none") return plainForm(size, encryption.pieceHashes);
  if (key === undefined) throw new TypeError("an encrypted object was not given its key");
  return sealedForm(size, key);
}

function plainForm(length: number, hashes: Uint8Array): Form {
  return {
    length,
    placeOf: (index) => ({
      from: index * pieceBytes,
      to: Math.min(length, (index + 1) * pieceBytes),
    }),
    open: (index, stored) => checkPiece(hashes, index, stored),
  };
}

function sealedForm(length: number, key: Uint8Array): Form {
  return {
    length: sealedLength(length),
    placeOf(index) {
      const { from, bytes } = placeOfPiece(index, length);
      return { from, to: from + bytes };
    },
    open: (index, stored) => openPiece(key, { index, length }, stored),
  };
}
