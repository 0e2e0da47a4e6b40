import type { Config } from "../config.ts";
import type { ConfiguredCommand } from "../config-table.ts";
import type { Commands, Findings, Io } from "./commands.ts";
import type { Flag, FlagValues } from "./flags.ts";

/** An argument of one command only; what is configured comes from the table of options. */
export interface Argument extends Flag {
  readonly placeholder: string;
  readonly summary: string;
}

/** What a command gets to run with. */
export interface Call {
  readonly config: Config;
  readonly values: FlagValues;
  readonly commands: Commands;
  readonly io: Io;
}

/** A command of the command line. `perform` gives the exit code. */
export interface Command {
  readonly name: ConfiguredCommand;
  readonly summary: string;
  readonly details: string;
  readonly arguments: readonly Argument[];
  readonly examples: readonly string[];
  perform(call: Call): Promise<number>;
}

/** An argument that takes one value. */
export const value = (flag: string, placeholder: string, summary: string): Argument => ({
  flag,
  takes: "value",
  placeholder,
  summary,
});
/** An argument that takes pairs of a name and a value. */
export const pairs = (flag: string, placeholder: string, summary: string): Argument => ({
  flag,
  takes: "pairs",
  placeholder,
  summary,
});

/** Prints what a command found, and gives the exit code. */
export function printFindings({ facts, problems }: Findings, io: Io): number {
  const width = Math.max(0, ...facts.map(([label]) => label.length));
  for (const [label, text] of facts) io.out(`${label.padEnd(width)}  ${text}`);
  for (const problem of problems) io.error(`keywright: ${problem}`);
  return problems.length === 0 ? 0 : 1;
}
