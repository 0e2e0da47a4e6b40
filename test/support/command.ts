import { spawn } from "node:child_process";
import { once } from "node:events";
import { fileURLToPath } from "node:url";

const bin = fileURLToPath(new URL("../../bin/keywright.mjs", import.meta.url));

/** What a command of the `keywright` program printed, and its exit code. */
export interface Finished {
  readonly code: number | null;
  readonly out: string;
  readonly error: string;
}

/** A started `keywright` command, as a user starts it. */
export interface Started {
  /** Everything printed to standard output so far. */
  out(): string;
  /** Resolves once standard output matches. Rejects when the command ends first. */
  printed(pattern: RegExp): Promise<RegExpExecArray>;
  /** The same of standard error, where the log goes. */
  logged(pattern: RegExp): Promise<RegExpExecArray>;
  stop(signal?: NodeJS.Signals): Promise<Finished>;
  /** Of the launcher, whose only child is the command. */
  readonly pid: number | undefined;
  readonly finished: Promise<Finished>;
}

/** What a command finds around it besides its arguments. */
export interface Surroundings {
  readonly environment?: Readonly<Record<string, string>>;
  /** Its standard input; none when not given. */
  readonly input?: string;
}

/** Starts the program in a folder with an environment that holds nothing of the machine's AWS settings. */
export function start(
  args: readonly string[],
  folder: string,
  { environment = {}, input = "" }: Surroundings = {},
): Started {
  const env = { PATH: process.env["PATH"] ?? "", HOME: folder, ...environment };
  const child = spawn(process.execPath, [bin, ...args], { cwd: folder, env });
  // A command that reads no input may end before it is written.
  child.stdin.on("error", () => undefined);
  child.stdin.end(input);
  const printed = { out: "", error: "" };
  child.stdout.on("data", (chunk: Buffer) => (printed.out += chunk.toString()));
  child.stderr.on("data", (chunk: Buffer) => (printed.error += chunk.toString()));
  const finished = once(child, "close").then(
    ([code]): Finished => ({ code: code as number | null, ...printed }),
  );
  const seen = async (where: keyof typeof printed, pattern: RegExp): Promise<RegExpExecArray> => {
    for (;;) {
      const found = pattern.exec(printed[where]);
      if (found !== null) return found;
      if (child.exitCode !== null)
        throw new Error(`ended before it printed ${pattern}: ${printed.error}`);
      await new Promise((resolve) => setTimeout(resolve, 20));
    }
  };
  return {
    out: () => printed.out,
    pid: child.pid,
    finished,
    printed: (pattern) => seen("out", pattern),
    logged: (pattern) => seen("error", pattern),
    async stop(signal = "SIGTERM") {
      child.kill(signal);
      return finished;
    },
  };
}

/** Runs a command to its end. */
export async function keywright(
  args: readonly string[],
  folder: string,
  surroundings?: Surroundings,
): Promise<Finished> {
  return start(args, folder, surroundings).finished;
}
