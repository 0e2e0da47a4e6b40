import { readFileSync } from "node:fs";
import { dirname } from "node:path";
import { isMap, isScalar, isSeq, LineCounter, parseDocument } from "yaml";
import { OperatorError } from "./base/errors.ts";
import { table } from "./config-table.ts";

/** Text for an option, where it came from, and the folder its paths are relative to. */
export interface Given {
  readonly text: string;
  readonly origin: string;
  readonly folder: string;
}

const members = Object.keys(table).filter((name) => name !== "config");

/** Reads the members of a configuration file. Throws OperatorError. */
export function readConfigFile(path: string): ReadonlyMap<string, Given> {
  const lines = new LineCounter();
  const fault = (position: number, problem: string): OperatorError =>
    new OperatorError(`${path}:${lines.linePos(position).line}: ${problem}`);
  const document = parseDocument(readOperatorFile(path), {
    lineCounter: lines,
    prettyErrors: false,
  });
  const [error] = document.errors;
  if (error) throw fault(error.pos[0], `not valid YAML: ${error.message}`);
  if (document.contents === null) return new Map();
  if (!isMap(document.contents)) throw fault(0, "must be a mapping of members");
  const found = new Map<string, Given>();
  for (const { key, value } of document.contents.items) {
    const position = isScalar(key) ? (key.range?.[0] ?? 0) : 0;
    const name = isScalar(key) ? String(key.value) : "";
    if (!members.includes(name))
      throw fault(position, `unknown member \`${name}\`; the members are ${members.join(", ")}`);
    const text = textOf(value);
    if (text === undefined)
      throw fault(position, `\`${name}\` must be text, a number, true or false`);
    const origin = `${path}:${lines.linePos(position).line}: ${name}`;
    found.set(name, { text, origin, folder: dirname(path) });
  }
  return found;
}

function textOf(node: unknown): string | undefined {
  if (isSeq(node)) return node.items.map((item) => textOf(item) ?? "").join(",");
  return isScalar(node) && node.value !== null ? String(node.value) : undefined;
}

/** Reads a text file that the operator named. Throws OperatorError. */
export function readOperatorFile(path: string): string {
  try {
    return readFileSync(path, "utf8");
  } catch (cause) {
    throw new OperatorError(
      `cannot read ${path}: ${cause instanceof Error ? cause.message : cause}`,
      { cause },
    );
  }
}
