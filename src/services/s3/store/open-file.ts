import type { FileHandle } from "node:fs/promises";
import type { OpenFile } from "./object-store.ts";

/** A file from a place on. Takes over the handle. */
export async function openFile(file: FileHandle, from: number): Promise<OpenFile> {
  const { size: length } = await file.stat().catch((error: unknown) => fail(file, error));
  let position = from;
  return {
    length,
    async read(bytes) {
      const buffer = Buffer.alloc(bytes);
      let filled = 0;
      while (filled < bytes) {
        const { bytesRead } = await file.read(buffer, filled, bytes - filled, position);
        if (bytesRead === 0) break;
        filled += bytesRead;
        position += bytesRead;
      }
      return buffer.subarray(0, filled);
    },
    close: () => file.close(),
  };
}

async function fail(file: FileHandle, error: unknown): Promise<never> {
  await file.close();
  throw error;
}
