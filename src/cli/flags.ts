import { UsageError } from "../config.ts";
import { suggestion } from "./suggestion.ts";

/** A flag as the parser sees it. `pairs` takes every following `name=value`, and may be repeated. */
export interface Flag {
  readonly flag: string;
  readonly takes: "nothing" | "value" | "pairs";
}

/** The values of each flag that was given, by flag. A flag that takes nothing has the value `true`. */
export type FlagValues = ReadonlyMap<string, readonly string[]>;

/** Reads a command's arguments: `--flag value`, `--flag=value`, `--flag name=value…`. Throws UsageError. */
export function parseFlags(argv: readonly string[], flags: readonly Flag[]): FlagValues {
  const values = new Map<string, string[]>();
  const rest = [...argv];
  for (let word = rest.shift(); word !== undefined; word = rest.shift()) {
    const [name, inline] = splitOnce(word);
    const flag = findFlag(name, word, flags);
    const before = values.get(flag.flag);
    if (before && flag.takes !== "pairs") throw new UsageError(`${flag.flag} is given twice`);
    values.set(flag.flag, [...(before ?? []), ...takeValues(flag, inline, rest)]);
  }
  return values;
}

/** Splits `name=value` at the first `=`; the value is undefined without one. */
export function splitOnce(text: string): [name: string, value: string | undefined] {
  const at = text.indexOf("=");
  return at < 0 ? [text, undefined] : [text.slice(0, at), text.slice(at + 1)];
}

function findFlag(name: string, word: string, flags: readonly Flag[]): Flag {
  if (!name.startsWith("-")) throw new UsageError(`unexpected argument \`${word}\``);
  const found = flags.find((flag) => flag.flag === name);
  if (found) return found;
  const hint = suggestion(
    name,
    flags.map((flag) => flag.flag),
  );
  throw new UsageError(`unknown option \`${name}\`${hint}`);
}

/** The values of one flag; removes from `rest` the words it takes. */
function takeValues(flag: Flag, inline: string | undefined, rest: string[]): string[] {
  if (flag.takes === "nothing") return [inline ?? "true"];
  if (inline !== undefined) return [inline];
  const following = rest.findIndex((word) => word.startsWith("--") || !accepts(flag, word));
  const limit = following < 0 ? rest.length : following;
  const taken = rest.splice(0, flag.takes === "value" ? Math.min(1, limit) : limit);
  if (taken.length === 0) throw new UsageError(`${flag.flag} needs a value`);
  return taken;
}

function accepts(flag: Flag, word: string): boolean {
  return flag.takes === "value" || word.includes("=");
}
