import type { ByteStream } from "../../base/bytes.ts";
import { openPiece, pieceBytes, placeOfPiece } from "../../crypto/object-cipher.ts";
import type { StoredObject } from "./model/object.ts";
import type { ObjectStore } from "./store/object-store.ts";

/** The keys of objects that are being sent, so that none outlives the moment in which the deployment is sealed. */
export class KeysInUse {
  readonly #keys = new Set<Uint8Array>();

  /** Lends a key for as long as work goes on, and wipes it in the end. */
  async *during<T>(key: Uint8Array, work: () => AsyncIterable<T>): AsyncGenerator<T> {
    this.#keys.add(key);
    try {
      yield* work();
    } finally {
      this.#keys.delete(key);
      key.fill(0);
    }
  }

  /** Wipes all of them: nothing more of what is being sent can be opened. */
  wipe(): void {
    for (const key of this.#keys) key.fill(0);
  }
}

/** A part of an object: from one byte on until before another. */
export interface ByteRange {
  readonly from: number;
  readonly to: number;
}

/**
 * The bytes of an object, each piece opened before it is sent. Bytes that are missing or were changed on the disk end the stream with an
 * IntegrityError: the client gets less than was announced, never something else. Takes over the key and wipes it in the end.
 */
export function objectBytes(
  object: Pick<StoredObject, "fileId" | "size">,
  range: ByteRange,
  key: Uint8Array,
  { store, keysInUse }: Places,
): ByteStream {
  return {
    length: range.to - range.from,
    pieces: () => keysInUse.during(key, () => readPieces(object, range, key, store)),
  };
}

interface Places {
  readonly store: ObjectStore;
  readonly keysInUse: KeysInUse;
}

async function* readPieces(
  { fileId, size }: Pick<StoredObject, "fileId" | "size">,
  { from, to }: ByteRange,
  key: Uint8Array,
  store: ObjectStore,
): AsyncGenerator<Uint8Array> {
  const file = await store.open(fileId);
  try {
    const first = Math.floor(from / pieceBytes);
    const last = Math.max(first, Math.ceil(to / pieceBytes) - 1);
    for (let index = first; index <= last; index++) {
      const place = placeOfPiece(index, size);
      const sealed = await file.read(place.from, place.bytes);
      const piece = openPiece(key, { index, length: size }, sealed);
      const start = index * pieceBytes;
      yield piece.subarray(Math.max(0, from - start), Math.min(piece.length, to - start));
    }
  } finally {
    await file.close();
  }
}
