import type { ObjectHeaders } from "../model/object.ts";
import type { ByteRange, OpenFile } from "./object-store.ts";

/** An object as it is written into a place of the operator's. */
export interface PlacedObject {
  readonly key: string;
  readonly bytes: Uint8Array;
  readonly headers: ObjectHeaders;
  readonly metadata: Readonly<Record<string, string>>;
}

/**
 * A place of the operator's for the objects of one bucket: a directory, or a bucket in another store. Each object stands there under its
 * own key, where others read it. What is read from it is believed only when it opens. Everything here throws PlaceFailure.
 */
export interface Place {
  /** Resolves when the bytes are durable. */
  write(object: PlacedObject): Promise<void>;
  /** Opens a part of an object for reading; `length` is how long all of it must be. */
  open(key: string, range: ByteRange, length: number): Promise<OpenFile>;
  /** Removes an object, if it is there. */
  remove(key: string): Promise<void>;
  /** Forgets its secrets: nothing works afterwards. */
  wipe(): void;
}

/**
 * Why a place could not be used: it does not let us, it lacks the bucket or the object, it cannot hold an object of such a key, or it does
 * not work, perhaps for a time. The message is for the operator.
 */
export class PlaceFailure extends Error {
  override readonly name = "PlaceFailure";
  readonly kind: "refused" | "no bucket" | "no object" | "no such key" | "unavailable";

  constructor(message: string, options: ErrorOptions & Pick<PlaceFailure, "kind">) {
    super(message, options);
    this.kind = options.kind;
  }
}
