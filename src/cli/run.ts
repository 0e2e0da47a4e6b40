import { readFileSync } from "node:fs";
import { OperatorError } from "../base/errors.ts";
import { isJsonObject, readJson } from "../base/json.ts";
import { loadConfig, UsageError } from "../config.ts";
import type { Command } from "./command.ts";
import { commandList } from "./command-list.ts";
import type { Commands, Io } from "./commands.ts";
import type { Flag, FlagValues } from "./flags.ts";
import { parseFlags } from "./flags.ts";
import { commandHelp, optionsOf, overview } from "./help.ts";
import { suggestion } from "./suggestion.ts";

const exitCodes = { problem: 1, usage: 2, internal: 70 } as const;

/** Runs the command line and gives the exit code: 0 done, 1 a problem, 2 wrong usage, 70 a fault of ours. */
export async function run(argv: readonly string[], io: Io, commands: Commands): Promise<number> {
  const [name, ...rest] = argv;
  try {
    if (name === "help" || name === "--help" || name === "-h") return help(rest, io);
    if (name === "version" || name === "--version") return print(version(), io);
    const command = getCommand(name);
    if (rest.some(isHelp)) return print(commandHelp(command), io);
    return await perform(command, rest, io, commands);
  } catch (error) {
    return report(error, io, false);
  }
}

async function perform(
  command: Command,
  argv: readonly string[],
  io: Io,
  commands: Commands,
): Promise<number> {
  const { environment, workingDirectory } = io;
  let debug = false;
  try {
    const values = parseFlags(argv, flagsOf(command));
    const flags = singles(values);
    const config = loadConfig({ flags, environment, workingDirectory }, command.name);
    debug = config.logLevel === "debug";
    return await command.perform({ config, values, commands, io });
  } catch (error) {
    const code = report(error, io, debug);
    if (code === exitCodes.usage) io.error(`keywright: see: keywright help ${command.name}`);
    return code;
  }
}

/** Tells the operator what went wrong; the stack of a fault of ours only when asked for. */
function report(error: unknown, io: Io, debug: boolean): number {
  const { message, stack } = error instanceof Error ? error : new Error(String(error));
  for (const line of message.split("\n")) io.error(`keywright: ${line}`);
  if (error instanceof UsageError) return exitCodes.usage;
  if (error instanceof OperatorError) return exitCodes.problem;
  if (debug) io.error(stack ?? "");
  else io.error("keywright: this is a fault of Keywright; --log-level debug shows where");
  return exitCodes.internal;
}

function print(text: string, io: Io): number {
  io.out(text);
  return 0;
}

function isHelp(word: string): boolean {
  return word === "--help" || word === "-h";
}

function flagsOf(command: Command): readonly Flag[] {
  const shared = optionsOf(command).map(({ flag, placeholder }): Flag => {
    return { flag, takes: placeholder === "" ? "nothing" : "value" };
  });
  return [...command.arguments, ...shared];
}

function singles(values: FlagValues): ReadonlyMap<string, string> {
  return new Map([...values].map(([flag, [first = ""]]) => [flag, first]));
}

function help(words: readonly string[], io: Io): number {
  const [name] = words.filter((word) => !word.startsWith("-"));
  return print(name === undefined ? overview(commandList) : commandHelp(getCommand(name)), io);
}

function getCommand(name: string | undefined): Command {
  const found = commandList.find((command) => command.name === name);
  if (found) return found;
  const names = [...commandList.map((command) => command.name), "version", "help"];
  const fault =
    name === undefined
      ? "a command is missing"
      : `unknown command \`${name}\`${suggestion(name, names)}`;
  throw new UsageError(`${fault}\nsee: keywright help`);
}

/** The version in package.json, which lies two folders up from src/cli and from dist/cli alike. */
function version(): string {
  const found = readJson(readFileSync(new URL("../../package.json", import.meta.url), "utf8"));
  return `keywright ${isJsonObject(found) ? found["version"] : ""}`;
}
