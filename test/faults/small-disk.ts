import { spawnSync } from "node:child_process";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";

/** A file system of its own in a folder. */
export interface SmallDisk {
  readonly path: string;
  remove(): void;
}

/** Mounts a small file system; undefined when this process may not. */
export function mountSmallDisk(megabytes: number): SmallDisk | undefined {
  const path = mkdtempSync(join(tmpdir(), "keywright-small-disk-"));
  const size = `size=${megabytes}m`;
  const mounted = spawnSync("mount", ["-t", "tmpfs", "-o", size, "tmpfs", path]).status === 0;
  const remove = (): void => {
    if (mounted) spawnSync("umount", [path]);
    rmSync(path, { recursive: true, force: true });
  };
  if (mounted) return { path, remove };
  remove();
  return undefined;
}
