import { bareObject } from "./bare-object.ts";

/**
 * A strict JSON reader and a canonical writer. The reader refuses what JSON.parse lets through and two
 * readers could understand differently: duplicate names, lone surrogates, unbounded depth and size.
 * Objects inherit nothing, so a member called `__proto__` is only a member.
 */

export type JsonValue =
  | string
  | number
  | boolean
  | null
  | readonly JsonValue[]
  | { readonly [name: string]: JsonValue };
export type JsonObject = { readonly [name: string]: JsonValue };

export interface JsonLimits {
  readonly depth: number;
  readonly values: number;
}

/** Limits of a request body (bytes are bounded before). */
export const requestLimits: JsonLimits = { depth: 32, values: 2_000 };

/** Text that is not strict JSON; `position` counts UTF-16 units from the start. */
export class JsonSyntaxError extends Error {
  override readonly name = "JsonSyntaxError";
  readonly position: number;

  constructor(reason: string, options: ErrorOptions & { readonly position: number }) {
    super(`${reason} at position ${options.position}`, options);
    this.position = options.position;
  }
}

const utf8 = new TextDecoder("utf-8", { fatal: true, ignoreBOM: true });

/** Reads UTF-8 bytes as one strict JSON value. Throws JsonSyntaxError. */
export function readJsonBytes(bytes: Uint8Array, limits: JsonLimits = requestLimits): JsonValue {
  let text: string;
  try {
    text = utf8.decode(bytes);
  } catch (cause) {
    throw new JsonSyntaxError("not UTF-8", { cause, position: 0 });
  }
  return readJson(text, limits);
}

/** Reads text as one strict JSON value. Throws JsonSyntaxError. */
export function readJson(text: string, limits: JsonLimits = requestLimits): JsonValue {
  return new Reader(text, limits).document();
}

/** Whether a JSON value is an object (not null, not a list). */
export function isJsonObject(value: JsonValue | undefined): value is JsonObject {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}

/** Whether a JSON value is a list. */
export function isJsonList(value: JsonValue | undefined): value is readonly JsonValue[] {
  return Array.isArray(value);
}

const number = /-?(?:0|[1-9]\d*)(?:\.\d+)?(?:[eE][+-]?\d+)?/y;
const words = { t: ["true", true], f: ["false", false], n: ["null", null] } as const;

class Reader {
  readonly #text: string;
  readonly #limits: JsonLimits;
  #at = 0;
  #values = 0;

  constructor(text: string, limits: JsonLimits) {
    this.#text = text;
    this.#limits = limits;
  }

  document(): JsonValue {
    const value = this.#value(0);
    this.#space();
    if (this.#at < this.#text.length) throw this.#fault("text after the value");
    return value;
  }

  #value(depth: number): JsonValue {
    if (++this.#values > this.#limits.values) throw this.#fault("too many values");
    if (depth > this.#limits.depth) throw this.#fault("nested too deeply");
    this.#space();
    const next = this.#text[this.#at];
    if (next === '"') return this.#string();
    if (next === "{") return this.#object(depth);
    if (next === "[") return this.#list(depth);
    if (next === "t" || next === "f" || next === "n") return this.#word(next);
    return this.#number();
  }

  #object(depth: number): JsonObject {
    const object = bareObject<JsonValue>();
    this.#at++;
    if (this.#closes("}")) return object;
    for (;;) {
      this.#space();
      if (this.#text[this.#at] !== '"') throw this.#fault("expected a name");
      const name = this.#string();
      // Nothing is inherited, and no value of JSON is undefined.
      if (object[name] !== undefined) throw this.#fault("duplicate name");
      this.#space();
      this.#expect(":");
      object[name] = this.#value(depth + 1);
      if (this.#closes("}")) return object;
      this.#expect(",");
    }
  }

  #list(depth: number): readonly JsonValue[] {
    const list: JsonValue[] = [];
    this.#at++;
    if (this.#closes("]")) return list;
    for (;;) {
      list.push(this.#value(depth + 1));
      if (this.#closes("]")) return list;
      this.#expect(",");
    }
  }

  #string(): string {
    const start = ++this.#at;
    let escaped = false;
    for (;;) {
      const code = this.#text.charCodeAt(this.#at);
      if (code === 0x22) break;
      if (code === 0x5c) {
        escaped = true;
        this.#at++;
      } else if (!(code >= 0x20)) throw this.#fault("unfinished string or control character");
      this.#at++;
    }
    const raw = this.#text.slice(start, this.#at++);
    const value = escaped ? this.#unescape(raw) : raw;
    if (!value.isWellFormed()) throw this.#fault("lone surrogate");
    return value;
  }

  #unescape(raw: string): string {
    try {
      return JSON.parse(`"${raw}"`) as string;
    } catch (cause) {
      throw this.#fault("bad escape", cause);
    }
  }

  #word(first: keyof typeof words): boolean | null {
    const [word, value] = words[first];
    if (!this.#text.startsWith(word, this.#at)) throw this.#fault("unknown word");
    this.#at += word.length;
    return value;
  }

  #number(): number {
    number.lastIndex = this.#at;
    const found = number.exec(this.#text)?.[0];
    if (found === undefined) throw this.#fault("expected a value");
    const value = Number(found);
    if (!Number.isFinite(value)) throw this.#fault("number out of range");
    this.#at += found.length;
    return value;
  }

  #closes(bracket: "}" | "]"): boolean {
    this.#space();
    if (this.#text[this.#at] !== bracket) return false;
    this.#at++;
    return true;
  }

  #expect(character: string): void {
    if (this.#text[this.#at] !== character) throw this.#fault(`expected ${character}`);
    this.#at++;
  }

  #space(): void {
    for (;;) {
      const code = this.#text.charCodeAt(this.#at);
      if (code !== 0x20 && code !== 0x0a && code !== 0x0d && code !== 0x09) return;
      this.#at++;
    }
  }

  #fault(reason: string, cause?: unknown): JsonSyntaxError {
    return new JsonSyntaxError(reason, { cause, position: this.#at });
  }
}

/** Writes JSON with the names of every object in code-unit order and no spaces, so equal values give equal text. */
export function canonicalJson(value: JsonValue): string {
  if (Array.isArray(value)) return `[${value.map(canonicalJson).join(",")}]`;
  if (!isJsonObject(value)) return JSON.stringify(value);
  const members = Object.keys(value).toSorted();
  return `{${members.map((name) => `${JSON.stringify(name)}:${canonicalJson(value[name] ?? null)}`).join(",")}}`;
}
