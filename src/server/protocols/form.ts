import { bareObject } from "../../base/bare-object.ts";
import { AwsError } from "../../base/errors.ts";
import type { JsonObject, JsonValue } from "../../base/json.ts";
import { requestLimits } from "../../base/json.ts";
import { decodePercent, MalformedQueryError, parseQuery } from "../../crypto/canonical-request.ts";

/** Parameters of a query-protocol request, decoded, each name once. */
export type Parameters = ReadonlyMap<string, string>;

/**
 * Reads the parameters of the query string and of the form in the body. In a form a plus sign is a space; in the query string
 * it is one, as in the canonical request. Throws SerializationException.
 */
export function readParameters(query: string, body: Uint8Array): Parameters {
  const parameters = new Map<string, string>();
  for (const [name, value] of readPairs(query, body)) {
    if (parameters.has(name)) throw malformed(`the parameter \`${name}\` is given twice`);
    parameters.set(name, value);
  }
  if (parameters.size > requestLimits.values) throw malformed("too many parameters");
  return parameters;
}

function readPairs(query: string, body: Uint8Array): readonly (readonly [string, string])[] {
  try {
    const form = decodeForm(body);
    return [...parseQuery(query), ...parseQuery(form)];
  } catch (cause) {
    if (cause instanceof MalformedQueryError) throw malformed("bad percent-encoding", { cause });
    throw cause;
  }
}

function decodeForm(body: Uint8Array): string {
  const text = Buffer.from(body.buffer, body.byteOffset, body.length).toString("latin1");
  if (!/^[\x20-\x7e]*$/.test(text)) throw malformed("the form is not ASCII");
  decodePercent(text);
  return text.replaceAll("+", "%20");
}

/**
 * The members of an operation's input: `A.B=x` is a member of a structure, `A.member.1=x` an element of a list. Values stay text.
 * Throws SerializationException for names that contradict each other and lists with gaps.
 */
export function readMembers(parameters: Parameters): JsonObject {
  const root: Tree = new Map();
  for (const [name, value] of parameters)
    if (name !== "Action" && name !== "Version") plant(root, name, value);
  return readStructure(root);
}

type Tree = Map<string, Tree | string>;

function plant(root: Tree, name: string, value: string): void {
  const path = name.split(".");
  const last = path.pop() ?? "";
  if (path.length > requestLimits.depth) throw malformed("nested too deeply");
  let tree = root;
  for (const step of path) {
    const next = tree.get(step) ?? new Map();
    if (typeof next === "string") throw contradiction(name);
    tree.set(step, next);
    tree = next;
  }
  if (tree.has(last)) throw contradiction(name);
  tree.set(last, value);
}

function readStructure(tree: Tree): JsonObject {
  const object = bareObject<JsonValue>();
  for (const [name, value] of tree) object[name] = readValue(value);
  return object;
}

function readValue(value: Tree | string): JsonValue {
  if (typeof value === "string") return value;
  const list = value.size === 1 ? value.get("member") : undefined;
  return list instanceof Map ? readList(list) : readStructure(value);
}

function readList(tree: Tree): readonly JsonValue[] {
  return Array.from({ length: tree.size }, (_, at) => {
    const value = tree.get(String(at + 1));
    if (value === undefined) throw malformed("list elements must be numbered 1, 2, 3 and so on");
    return readValue(value);
  });
}

function contradiction(name: string): AwsError {
  return malformed(`the parameter \`${name}\` contradicts another`);
}

function malformed(message: string, options?: ErrorOptions): AwsError {
  return new AwsError("SerializationException", message, options);
}
