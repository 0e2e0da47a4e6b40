import type { ParseArgsOptionsConfig } from "node:util";
import { parseArgs } from "node:util";

/** The options that a command was given. Prints the usage and ends the process when it is asked for or something is not in it. */
export function readArguments<const T extends ParseArgsOptionsConfig>(usage: string, options: T) {
  if (process.argv.includes("--help")) {
    console.log(usage);
    process.exit(0);
  }
  try {
    return parseArgs({ options }).values;
  } catch (error) {
    return refuse(usage, error instanceof Error ? error.message : String(error));
  }
}

/** Ends the process with exit code 2 and says why. */
export function refuse(usage: string, reason: string): never {
  console.error(`${reason}\n${usage}`);
  process.exit(2);
}

/** A number above zero. */
export function positive(usage: string, text: string): number {
  const number = Number(text);
  return number > 0 ? number : refuse(usage, `\`${text}\` is no number above 0`);
}
