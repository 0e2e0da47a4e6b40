import { bareObject } from "../../base/bare-object.ts";
import { AwsError } from "../../base/errors.ts";
import type { JsonObject, JsonValue } from "../../base/json.ts";
import { requestLimits } from "../../base/json.ts";

/**
 * Reads the XML body of a request as the members that its root element holds: an element without others is text, one that repeats is a
 * list. Only elements, text and the five entities are read, so that nothing in a body refers to anything. Throws MalformedXML.
 */
export function readXmlBody(body: Uint8Array): JsonObject {
  const reader = new XmlReader(decode(body));
  const { content } = reader.root();
  return typeof content === "string" ? {} : content;
}

interface Element {
  readonly name: string;
  readonly content: string | JsonObject;
}

const name = "[A-Za-z_][A-Za-z0-9_.:-]*";
const attribute = `\\s+${name}\\s*=\\s*(?:"[^"<]*"|'[^'<]*')`;
const opening = new RegExp(`<(${name})(?:${attribute})*\\s*(/?)>`, "y");
const closing = new RegExp(`</(${name})\\s*>`, "y");
const declaration = new RegExp(`<\\?xml(?:${attribute})*\\s*\\?>`, "y");
const text = /[^<]*/y;

/** Reads from left to right and never back: each expression is sticky, and no two of its parts match the same characters. */
class XmlReader {
  readonly #text: string;
  #at = 0;
  #elements = 0;

  constructor(whole: string) {
    this.#text = whole;
  }

  root(): Element {
    this.#take(declaration);
    this.#blank();
    const root = this.#element(0);
    this.#blank();
    if (root === undefined || this.#at < this.#text.length) throw malformed();
    return root;
  }

  #element(depth: number): Element | undefined {
    const [, opened, empty] = this.#take(opening) ?? [];
    if (opened === undefined) return undefined;
    if (depth >= requestLimits.depth || ++this.#elements > requestLimits.values) throw malformed();
    const local = opened.slice(opened.indexOf(":") + 1);
    if (empty === "/") return { name: local, content: "" };
    const content = this.#content(depth);
    const [, closed] = this.#take(closing) ?? [];
    if (closed !== opened) throw malformed();
    return { name: local, content };
  }

  #content(depth: number): string | JsonObject {
    let written = unescapeXml(this.#take(text)?.[0] ?? "");
    const members = bareObject<JsonValue>();
    let holds = false;
    for (let next = this.#element(depth + 1); next; next = this.#element(depth + 1)) {
      holds = true;
      add(members, next);
      written += unescapeXml(this.#take(text)?.[0] ?? "");
    }
    if (!holds) return written;
    if (written.trim() !== "") throw malformed();
    return members;
  }

  #blank(): void {
    if ((this.#take(text)?.[0] ?? "").trim() !== "") throw malformed();
  }

  #take(expression: RegExp): RegExpExecArray | null {
    expression.lastIndex = this.#at;
    const match = expression.exec(this.#text);
    if (match !== null) this.#at += match[0].length;
    return match;
  }
}

function add(members: Record<string, JsonValue>, { name: key, content }: Element): void {
  const before = members[key];
  if (before === undefined) members[key] = content;
  else members[key] = Array.isArray(before) ? [...before, content] : [before, content];
}

const entities: Readonly<Record<string, string>> = {
  amp: "&",
  lt: "<",
  gt: ">",
  quot: '"',
  apos: "'",
};

function unescapeXml(escaped: string): string {
  if (!escaped.includes("&")) return escaped;
  return escaped.replaceAll(/&([^;&]{0,10})(;?)/g, (_all, entity: string, end: string) => {
    const character = end === ";" ? (entities[entity] ?? numbered(entity)) : undefined;
    if (character === undefined) throw malformed();
    return character;
  });
}

function numbered(entity: string): string | undefined {
  const [, hex, decimal] = /^#(?:x([0-9a-fA-F]{1,6})|(\d{1,7}))$/.exec(entity) ?? [];
  const point = hex === undefined ? Number(decimal ?? Number.NaN) : Number.parseInt(hex, 16);
  const isCharacter = point > 0 && point <= 0x10_ffff && (point < 0xd800 || point > 0xdfff);
  return isCharacter ? String.fromCodePoint(point) : undefined;
}

function decode(body: Uint8Array): string {
  try {
    return new TextDecoder("utf-8", { fatal: true }).decode(body);
  } catch (cause) {
    throw malformed({ cause });
  }
}

function malformed(options?: ErrorOptions): AwsError {
  return new AwsError(
    "MalformedXML",
    "The XML you provided was not well-formed or did not validate against our published schema",
    options,
  );
}
