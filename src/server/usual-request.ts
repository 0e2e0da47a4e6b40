import type { ReceivedHeaders } from "./headers.ts";
import { isVisibleAscii, readHeaders } from "./headers.ts";
import { jsonContentType } from "./protocols/json.ts";

/** A request of the form that nearly all have, as received. */
export interface UsualRequest {
  readonly headers: ReceivedHeaders;
  readonly body: Buffer;
}

/** Headers on which the form depends. */
const decisive = ["host", "content-type", "content-length", "connection"] as const;

/** Whose line of a head it is. */
interface Name {
  readonly name: string;
  /** The name with its colon. */
  readonly lead: string;
  readonly kind: (typeof decisive)[number] | undefined;
}

/** A line of a head that was read. */
class Line implements Name {
  /** With its end. */
  readonly text: string;
  readonly name: string;
  readonly lead: string;
  readonly kind: Name["kind"];
  readonly value: string;

  constructor(text: string, { name, lead, kind }: Name, value: string) {
    this.text = text;
    this.name = name;
    this.lead = lead;
    this.kind = kind;
    this.value = value;
  }
}

const requestLine = "POST / HTTP/1.1\r\n";
const endOfHead = Buffer.from("\r\n\r\n", "latin1");
const longestHead = 8 * 1024;
const mostLines = 64;
const mostKept = 32 * 1024;

/**
 * Reads the requests of one connection that have the usual form: `POST /` with a JSON type, headers of visible ASCII, a length, and the whole
 * body in the same piece, with nothing behind it. All else is Node's parser's to read, or to refuse, so what is taken here must be a subset of what that one takes, read the
 * same (TM5, TM6). Lines that stand as in the request before are known already.
 */
export class UsualRequests {
  #lines: readonly Line[] = [];
  /** The names of these lines in lower case, where there is one line for each. */
  #names: readonly string[] | undefined;
  /** Length of the heads that lines may be cut from: V8 keeps the whole of each for as long as one of its lines stays. */
  #kept: number = 0;

  /** Undefined where a piece is anything else than one whole request of the usual form. */
  read(bytes: Buffer): UsualRequest | undefined {
    const end = bytes.indexOf(endOfHead);
    if (end < 0 || end > longestHead) return undefined;
    const lines = this.#linesOf(bytes.toString("latin1", 0, end + 2));
    const bodyAt = end + endOfHead.length;
    if (lines === undefined || lengthIn(lines) !== bytes.length - bodyAt) return undefined;
    const headers = this.#headersOf(lines);
    this.#keep(lines, end);
    return { headers, body: bytes.subarray(bodyAt) };
  }

  #headersOf(lines: readonly Line[]): ReceivedHeaders {
    if (this.#names !== undefined && haveSameNames(lines, this.#lines))
      return new LineHeaders(lines, this.#names);
    const headers = readHeaders(rawOf(lines));
    this.#names = headers.keys().length === lines.length ? headers.keys() : undefined;
    return headers;
  }

  #keep(lines: readonly Line[], length: number): void {
    this.#kept += length;
    const full = this.#kept > mostKept;
    this.#lines = full ? [] : lines;
    if (full) this.#kept = 0;
  }

  #linesOf(head: string): readonly Line[] | undefined {
    if (!head.startsWith(requestLine)) return undefined;
    const lines: Line[] = [];
    for (let at = requestLine.length; at < head.length; ) {
      const before = this.#lines[lines.length];
      const line =
        before !== undefined && stands(before.text, head, at) ? before : readLine(head, at, before);
      if (line === undefined || lines.length === mostLines) return undefined;
      lines.push(line);
      at += line.text.length;
    }
    return lines;
  }
}

/** Headers of the usual form, one line for each. */
class LineHeaders implements ReceivedHeaders {
  readonly isAscii: boolean = true;
  readonly repeated = undefined;
  readonly #lines: readonly Line[];
  readonly #names: readonly string[];

  constructor(lines: readonly Line[], names: readonly string[]) {
    this.#lines = lines;
    this.#names = names;
  }

  get raw(): readonly string[] {
    return rawOf(this.#lines);
  }

  get(name: string): string | undefined {
    return this.#lines[this.#names.indexOf(name)]?.value;
  }

  has(name: string): boolean {
    return this.#names.includes(name);
  }

  keys(): readonly string[] {
    return this.#names;
  }
}

function rawOf(lines: readonly Line[]): readonly string[] {
  return lines.flatMap(({ name, value }) => [name, value]);
}

function haveSameNames(lines: readonly Line[], others: readonly Line[]): boolean {
  if (lines.length !== others.length) return false;
  for (let at = 0; at < lines.length; at++) if (lines[at]?.name !== others[at]?.name) return false;
  return true;
}

/** The announced length; undefined unless there are one host, one type and one length. */
function lengthIn(lines: readonly Line[]): number | undefined {
  let [hosts, types, lengths, length] = [0, 0, 0, 0];
  for (const { kind, value } of lines)
    if (kind === "host") hosts++;
    else if (kind === "content-type") types++;
    else if (kind === "content-length") {
      lengths++;
      length = Number(value);
    }
  return hosts === 1 && types === 1 && lengths === 1 ? length : undefined;
}

/** Headers with which a request means more than what stands in it. */
const unusual: ReadonlySet<string> = new Set([
  "expect",
  "http2-settings",
  "keep-alive",
  "proxy-connection",
  "te",
  "trailer",
  "transfer-encoding",
  "upgrade",
]);

const token = /^[\w!#$%&'*+.^`|~-]+$/;
const number = /^\d{1,6}$/;

/** The line that begins at a place; undefined where it has not the usual form. Mostly its name is that of the line that stood there before. */
function readLine(head: string, at: number, before: Line | undefined): Line | undefined {
  const text = head.slice(at, head.indexOf("\r\n", at) + 2);
  const named = before !== undefined && stands(before.lead, text, 0) ? before : nameOf(text);
  if (named === undefined) return undefined;
  const rest = text.slice(named.lead.length, -2);
  const value = rest.trim();
  return isVisibleAscii(rest) && isUsual(named.kind, value)
    ? new Line(text, named, value)
    : undefined;
}

/** Whose line it is; undefined for what is no name, and for the name of what is not usual. */
function nameOf(text: string): Name | undefined {
  const name = text.slice(0, Math.max(text.indexOf(":"), 0));
  const known = name.toLowerCase();
  if (!token.test(name) || unusual.has(known)) return undefined;
  return { name, lead: `${name}:`, kind: decisive.find((each) => each === known) };
}

function isUsual(kind: Name["kind"], value: string): boolean {
  if (kind === "content-type") return value === jsonContentType;
  if (kind === "content-length") return number.test(value);
  return kind !== "connection" || value.toLowerCase() === "keep-alive";
}

/** Whether a text stands at a place. V8 compares what is cut out much faster than `startsWith` does. */
function stands(text: string, head: string, at: number): boolean {
  return head.slice(at, at + text.length) === text;
}
