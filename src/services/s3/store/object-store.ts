/** Where the bytes of objects are, by the ids of files. What is read from it is believed only when it opens. */
export interface ObjectStore {
  /** Resolves when the bytes are durable. */
  write(id: string, bytes: Uint8Array): Promise<void>;
  /** Opens a part of a file for reading; throws when there is none. */
  open(id: string, range: ByteRange): Promise<OpenFile>;
  /** The files that are older than a moment. */
  older(than: Date): AsyncIterable<string>;
  remove(id: string): Promise<void>;
}

/** A part of something: from one byte on until before another. */
export interface ByteRange {
  readonly from: number;
  readonly to: number;
}

/** A part of a file that is read from its beginning to its end. */
export interface OpenFile {
  /** Of the whole file. */
  readonly length: number;
  /** The next bytes, so many or fewer where it ends. */
  read(bytes: number): Promise<Uint8Array>;
  close(): Promise<void>;
}
