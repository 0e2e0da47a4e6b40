import type { Option } from "../config-table.ts";
import { configured, options } from "../config-table.ts";
import type { Argument, Command } from "./command.ts";

const width = 100;

/** The options that a command takes. */
export function optionsOf(command: Command): readonly Option[] {
  return options.filter((option) => option.commands.includes(command.name));
}

/** The help text of the whole program. */
export function overview(commands: readonly Command[]): string {
  const rows: Row[] = commands.map(({ name, summary }) => [name, summary]);
  rows.push(
    ["version", "print the version"],
    ["help [COMMAND]", "explain the program or a command"],
  );
  return [
    "Keywright: self-hosted key management that speaks the AWS KMS API.",
    "",
    "Usage: keywright COMMAND [OPTIONS]",
    "",
    "Commands:",
    ...columns(rows),
    "",
    "Examples:",
    "  keywright start                        create keywright-data here if it is new, and serve",
    "  keywright start --seed lab.yaml        begin with the accounts, users and keys of a file",
    "  keywright audit --since 2h             what happened in the last two hours",
    "",
    "Every option can also be an environment variable or a member of a configuration file",
    "(--config FILE). A flag comes before the environment, and the environment before the file.",
    "Exit codes: 0 done, 1 a problem was found or must be solved, 2 wrong usage, 70 internal error.",
    "`keywright help COMMAND` lists a command's options, defaults and environment variables.",
  ].join("\n");
}

/** The help text of one command. */
export function commandHelp(command: Command): string {
  const own = command.arguments.map(argumentRow);
  const shared = optionsOf(command).map(optionRow);
  const label = Math.max(...[...own, ...shared].map(([text]) => text.length));
  return [
    `keywright ${command.name}: ${command.summary}`,
    "",
    `Usage: keywright ${command.name}${own.length > 0 ? " [ARGUMENTS]" : ""} [OPTIONS]`,
    "",
    ...wrap(command.details.split(" "), width),
    "",
    ...(own.length > 0 ? ["Arguments:", ...columns(own, label), ""] : []),
    "Options:",
    ...columns(shared, label),
    "",
    "Examples:",
    ...command.examples.map((line) => `  ${line}`),
  ].join("\n");
}

/** A label, its text, and a note that is kept on one line. */
type Row = readonly [label: string, text: string, note?: string];

function argumentRow({ flag, placeholder, summary }: Argument): Row {
  return [`${flag} ${placeholder}`.trim(), summary];
}

function optionRow(option: Option): Row {
  const standard = option.default === undefined ? "" : `default ${option.default}; `;
  const label = `${option.flag} ${option.placeholder}`.trim();
  return [label, option.summary, `(${standard}${option.variable})`];
}

function columns(
  rows: readonly Row[],
  wide = Math.max(...rows.map(([label]) => label.length)),
): string[] {
  const indent = " ".repeat(wide + 4);
  return rows.flatMap(([label, text, note]) =>
    wrap([...text.split(" "), ...(note ? [note] : [])], width - indent.length).map((line, index) =>
      index === 0 ? `  ${label.padEnd(wide)}  ${line}` : `${indent}${line}`,
    ),
  );
}

function wrap(words: readonly string[], limit: number): string[] {
  const lines: string[] = [];
  for (const word of words) {
    const last = lines.at(-1);
    if (last !== undefined && last.length + 1 + word.length <= limit)
      lines[lines.length - 1] = `${last} ${word}`;
    else lines.push(word);
  }
  return lines;
}

function commandsOf({ commands }: Option): string {
  const others = configured.filter((command) => !commands.includes(command));
  if (others.length === 0) return "all";
  return others.length <= 2 ? `all but ${others.join(", ")}` : commands.join(", ");
}

/** The table of options in Markdown, for docs/configuration.md. */
export function optionsTable(): string {
  const code = (text: string): string => `\`${text}\``;
  const rows = options.map((option) => [
    code(`${option.flag} ${option.placeholder}`.trim()),
    code(option.variable),
    option.name === "config" ? "" : code(option.name),
    option.default === undefined ? "" : code(option.default),
    commandsOf(option),
    option.summary,
  ]);
  const head = ["Flag", "Environment variable", "File member", "Default", "Commands", "Meaning"];
  return [head, head.map(() => "---"), ...rows].map((row) => `| ${row.join(" | ")} |`).join("\n");
}
