import type { ByteStream } from "../../base/bytes.ts";
import { IntegrityError } from "../../base/errors.ts";
import { pieceBytes } from "../../crypto/object-cipher.ts";
import type { Form } from "./form.ts";
import { formOf } from "./form.ts";
import type { StoredObject } from "./model/object.ts";
import type { ByteRange, ObjectStore, OpenFile } from "./store/object-store.ts";
import type { Places } from "./store/places.ts";

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

/**
 * The bytes of an object, each piece opened before it is sent. Bytes that are missing or were changed where they are stored end the stream
 * with an IntegrityError: the client gets less than was announced, never something else. Takes over the key, if there is one, and wipes it.
 */
export function objectBytes(
  object: Stored,
  range: ByteRange,
  key: Uint8Array | undefined,
  { keysInUse, ...stores }: Stores & { readonly keysInUse: KeysInUse },
): ByteStream {
  const pieces = () => named(object, readPieces(object, range, formOf(object, key), stores));
  return {
    length: range.to - range.from,
    pieces: key === undefined ? pieces : () => keysInUse.during(key, pieces),
  };
}

type Stored = Pick<StoredObject, "bucket" | "elsewhere" | "encryption" | "fileId" | "key" | "size">;

/** Where the bytes of objects can be. */
interface Stores {
  readonly store: ObjectStore;
  readonly places: Places;
}

/** The same pieces, and errors that say of which object: the log is all that an operator has of them. */
async function* named<T>({ bucket, key }: Stored, pieces: AsyncIterable<T>): AsyncGenerator<T> {
  try {
    yield* pieces;
  } catch (cause) {
    const name = `the object ${bucket}/${key}`;
    throw cause instanceof IntegrityError
      ? new IntegrityError(`${name} is not as it was stored`, { cause })
      : new Error(`${name} cannot be read where it is stored`, { cause });
  }
}

async function* readPieces(
  object: Stored,
  { from, to }: ByteRange,
  form: Form,
  stores: Stores,
): AsyncGenerator<Uint8Array> {
  const first = Math.floor(from / pieceBytes);
  const last = Math.max(first, Math.ceil(to / pieceBytes) - 1);
  const stored = { from: form.placeOf(first).from, to: form.placeOf(last).to };
  const file = await open(object, stored, form.length, stores);
  try {
    if (file.length !== form.length)
      throw new IntegrityError("it is longer or shorter than it was");
    for (let index = first; index <= last; index++) {
      const place = form.placeOf(index);
      const piece = form.open(index, await file.read(place.to - place.from));
      const start = index * pieceBytes;
      yield piece.subarray(Math.max(0, from - start), Math.min(piece.length, to - start));
    }
  } finally {
    await file.close();
  }
}

function open(
  { bucket, key, fileId, elsewhere }: Stored,
  range: ByteRange,
  length: number,
  { store, places }: Stores,
): Promise<OpenFile> {
  return elsewhere ? places.open(bucket, key, range, length) : store.open(fileId, range);
}
