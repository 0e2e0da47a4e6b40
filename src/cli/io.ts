import { processEnvironment } from "../config.ts";
import type { Io } from "./commands.ts";
import { asking } from "./terminal.ts";

/** The terminal, environment and clock of this process. A reader that goes away does not stop the process. */
export function processIo(): Io {
  process.stdout.on("error", (error: NodeJS.ErrnoException) => {
    if (error.code !== "EPIPE") throw error;
  });
  return {
    environment: processEnvironment,
    workingDirectory: process.cwd(),
    clock: () => new Date(),
    ask: asking(process.stdin, (text) => process.stderr.write(text)),
    out: (line) => process.stdout.write(`${line}\n`),
    error: (line) => process.stderr.write(`${line}\n`),
  };
}
