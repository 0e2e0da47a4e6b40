import { spawnSync } from "node:child_process";
import {
  closeSync,
  existsSync,
  fdatasyncSync,
  fsyncSync,
  mkdtempSync,
  openSync,
  readFileSync,
  realpathSync,
  rmSync,
  writeSync,
} from "node:fs";
import { cpus, tmpdir } from "node:os";
import { join } from "node:path";
import { setTimeout } from "node:timers/promises";
import { fileURLToPath } from "node:url";

/** The core of the servers and the core of the load generator; undefined where processes cannot be pinned. */
export interface Pinning {
  readonly servers: number;
  readonly generator: number;
}

/** Chooses the first two cores that this process may use; undefined with one core, or without Linux's taskset. */
export function choosePinning(): Pinning | undefined {
  const [servers, generator] = allowedCores();
  if (servers === undefined || generator === undefined) return undefined;
  const { status } = spawnSync("taskset", ["-c", String(servers), "true"]);
  return status === 0 ? { servers, generator } : undefined;
}

/** Pins all threads of this process. */
export function pinGenerator(pinning: Pinning | undefined): void {
  if (pinning === undefined) return;
  spawnSync("taskset", ["-a", "-c", "-p", String(pinning.generator), String(process.pid)]);
}

function allowedCores(): readonly number[] {
  if (!existsSync("/proc/self/status")) return [];
  const status = readFileSync("/proc/self/status", "latin1");
  const list = /^Cpus_allowed_list:\s*(.*)$/m.exec(status)?.[1] ?? "";
  return list.split(",").flatMap((range) => {
    const [from = Number.NaN, to = from] = range.split("-").map(Number);
    return Array.from({ length: to - from + 1 }, (_, index) => from + index);
  });
}

const ticksPerSecond = 100;

/** Seconds of processor time that a process with all its threads has used; NaN where /proc does not tell. */
export function cpuSeconds(pid: number): number {
  const path = `/proc/${pid}/stat`;
  if (!existsSync(path)) return Number.NaN;
  const stat = readFileSync(path, "latin1");
  // The second field, the name, can hold spaces; it ends at the last parenthesis.
  const fields = stat.slice(stat.lastIndexOf(")") + 2).split(" ");
  return (Number(fields[11]) + Number(fields[12])) / ticksPerSecond;
}

const looks = 4;

/** Waits until a process has hardly worked for some seconds; not for ever, and only once where /proc does not tell. */
export async function quiet(pid: number, seconds: number): Promise<void> {
  for (let look = 0; look < looks; look++) {
    const before = cpuSeconds(pid);
    await setTimeout(seconds * 1_000);
    if (!(cpuSeconds(pid) - before > 0.03 * seconds)) return;
  }
}

/** What a process holds in memory, and the most that it ever held; bytes, NaN where /proc does not tell. */
export interface Memory {
  readonly resident: number;
  readonly peak: number;
}

export function memoryOf(pid: number): Memory {
  const path = `/proc/${pid}/status`;
  const status = existsSync(path) ? readFileSync(path, "latin1") : "";
  const bytes = (name: string): number =>
    1024 * Number(new RegExp(`^${name}:\\s*(\\d+) kB$`, "m").exec(status)?.[1] ?? Number.NaN);
  return { resident: bytes("VmRSS"), peak: bytes("VmHWM") };
}

/** The name of the file system that holds a folder; `unknown` where the system does not tell. */
export function fileSystemOf(folder: string): string {
  if (!existsSync("/proc/self/mounts")) return "unknown";
  const real = realpathSync(folder);
  const mounts = readFileSync("/proc/self/mounts", "utf8")
    .split("\n")
    .map((line) => line.split(" "))
    .filter(([, point = "?"]) => point === "/" || real === point || real.startsWith(`${point}/`))
    .toSorted(([, a = ""], [, b = ""]) => b.length - a.length);
  return mounts[0]?.[2] ?? "unknown";
}

const writesPerMeasurement = 64;
const block = Buffer.alloc(1024, 0x6b);

/** Times of fdatasync, in milliseconds, after each overwrite of 1 KiB of a preallocated file in the folder. */
export function measureSync(folder: string): readonly number[] {
  const path = join(folder, "sync-probe");
  const file = openSync(path, "w");
  try {
    writeSync(file, Buffer.alloc(writesPerMeasurement * block.length));
    fsyncSync(file);
    return Array.from({ length: writesPerMeasurement }, (_, index) => {
      writeSync(file, block, 0, block.length, index * block.length);
      const start = performance.now();
      fdatasyncSync(file);
      return performance.now() - start;
    });
  } finally {
    closeSync(file);
    rmSync(path);
  }
}

/** Processor, cores and runtime, in one line. */
export function describeMachine(): string {
  const [first] = cpus();
  const model = first?.model.trim() ?? "unknown processor";
  return `${model}, ${cpus().length} cores, ${process.platform} ${process.arch}, Node.js ${process.version}`;
}

/** A new folder on a real disk: the system's temporary folder, or this repository's where that one is in memory. */
export function createDiskFolder(): string {
  const repository = fileURLToPath(new URL("../node_modules", import.meta.url));
  const parent = [tmpdir(), repository].find((each) => fileSystemOf(each) !== "tmpfs");
  if (parent === undefined) throw new Error("no folder on a disk: set TMPDIR to one");
  return mkdtempSync(join(parent, "keywright-bench-"));
}
