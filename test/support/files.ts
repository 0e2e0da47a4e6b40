import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { gunzipSync } from "node:zlib";

export interface FoundFile {
  readonly path: string;
  readonly content: Buffer;
}

/**
 * Every file under a folder, decompressed. The partial tiles of the audit log come and go, and their folders with them: what has gone
 * is left out.
 */
export function filesIn(folder: string): readonly FoundFile[] {
  const entries = ifThere(() => readdirSync(folder, { withFileTypes: true })) ?? [];
  return entries.flatMap((entry) => {
    const path = join(folder, entry.name);
    if (entry.isDirectory()) return filesIn(path);
    const content = entry.isFile() ? ifThere(() => readFileSync(path)) : undefined;
    if (content === undefined) return [];
    return [{ path, content: path.endsWith(".gz") ? gunzipSync(content) : content }];
  });
}

function ifThere<T>(read: () => T): T | undefined {
  try {
    return read();
  } catch (error) {
    if (error instanceof Error && "code" in error && error.code === "ENOENT") return undefined;
    throw error;
  }
}
