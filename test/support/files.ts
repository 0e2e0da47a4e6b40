import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { gunzipSync } from "node:zlib";

export interface FoundFile {
  readonly path: string;
  readonly content: Buffer;
}

/** Every file under a folder, decompressed. The partial tiles of the audit log come and go: one that has gone is left out. */
export function filesIn(folder: string): readonly FoundFile[] {
  return readdirSync(folder, { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile())
    .flatMap((entry) => {
      const path = join(entry.parentPath, entry.name);
      const content = read(path);
      return content === undefined ? [] : [{ path, content }];
    });
}

function read(path: string): Buffer | undefined {
  try {
    const content = readFileSync(path);
    return path.endsWith(".gz") ? gunzipSync(content) : content;
  } catch (error) {
    if (error instanceof Error && "code" in error && error.code === "ENOENT") return undefined;
    throw error;
  }
}
