/** Where the bytes of objects are, by the ids of files. What is read from it is believed only when it opens. */
export interface ObjectStore {
  /** Resolves when the bytes are durable. */
  write(id: string, bytes: Uint8Array): Promise<void>;
  /** Opens a file for reading; throws when there is none. */
  open(id: string): Promise<OpenFile>;
  /** The files that are older than a moment. */
  older(than: Date): AsyncIterable<string>;
  remove(id: string): Promise<void>;
}

/** A file that can be read at any place. */
export interface OpenFile {
  /** So many bytes from a place on, fewer where it ends. */
  read(from: number, bytes: number): Promise<Uint8Array>;
  close(): Promise<void>;
}
