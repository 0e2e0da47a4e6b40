import type { IncomingMessage, ServerResponse } from "node:http";
import { STATUS_CODES } from "node:http";
import type { ByteStream } from "../base/bytes.ts";
import { second } from "../base/clock.ts";
import { Memo } from "../base/memo.ts";
import { isVisibleAscii } from "./headers.ts";

/** What goes back to a client, but for the headers that every answer has. */
export interface HttpAnswer {
  readonly status: number;
  readonly contentType: string;
  readonly body: string | ByteStream;
  /** Names and values of what the protocol adds. */
  readonly headers?: readonly string[];
  /** Of a refusal: why, for sts:DecodeAuthorizationMessage. */
  readonly authorizationMessage?: string | undefined;
}

/** A short plain answer, of health checks and of requests refused before they are understood. */
export function plainAnswer(status: number, text: string): HttpAnswer {
  return { status, contentType: "text/plain", body: `${text}\n` };
}

/** What all answers say besides their body. */
export interface Envelope {
  readonly requestId: string;
  readonly date: Date;
  /** Close the connection behind the answer. */
  readonly close: boolean;
}

/**
 * Names and values of an answer's headers. `Content-Length` is spelled so, and no answer is chunked: libmongocrypt
 * compares the name case-sensitively.
 */
export function answerHeaders(answer: HttpAnswer, envelope: Envelope): string[] {
  const headers = ["x-amzn-RequestId", envelope.requestId, "Date", dateText(envelope.date)];
  if (answer.headers !== undefined) headers.push(...answer.headers);
  const { authorizationMessage } = answer;
  if (authorizationMessage !== undefined)
    headers.push("x-keywright-authorization-message", authorizationMessage);
  if (answer.headers?.includes("Cache-Control") !== true) headers.push("Cache-Control", "no-store");
  // RFC 9110: these have no content, and no length of one.
  if (answer.status !== 204 && answer.status !== 304) {
    const length = String(lengthOf(answer.body));
    headers.push("Content-Type", answer.contentType, "Content-Length", length);
  }
  if (envelope.close) headers.push("Connection", "close");
  return headers;
}

/**
 * A whole answer of text as Node writes it, with so many milliseconds for which the connection stays open behind it. Throws TypeError on what would be more than a
 * header's value, and on a stream of bytes.
 */
export function answerText(answer: HttpAnswer, envelope: Envelope, keepAlive: number): string {
  const { status, contentType, body } = answer;
  if (typeof body !== "string") throw new TypeError("the answer is not text");
  const isUsual = answer.headers === undefined && answer.authorizationMessage === undefined;
  if (!isUsual || status === 204 || status === 304)
    return headText(answer, envelope, keepAlive) + body;
  const { date, close } = envelope;
  const last = heads.find(contentType);
  const head = last?.isOf(status, date, close, keepAlive)
    ? last
    : heads.keep(contentType, new PreparedHead(answer, envelope, keepAlive));
  return head.of(envelope.requestId, lengthOf(body)) + body;
}

/** The head of an answer. */
function headText(answer: HttpAnswer, envelope: Envelope, keepAlive: number): string {
  const { status } = answer;
  const headers = answerHeaders(answer, envelope);
  let text = `HTTP/1.1 ${status} ${STATUS_CODES[status]}\r\n`;
  for (let at = 0; at + 1 < headers.length; at += 2) {
    const value = headers[at + 1] ?? "";
    if (!isVisibleAscii(value)) throw new TypeError(`no value of ${headers[at]}`);
    text += `${headers[at]}: ${value}\r\n`;
  }
  const stays = `Connection: keep-alive\r\nKeep-Alive: timeout=${Math.floor(keepAlive / second)}\r\n`;
  return `${text}${envelope.close ? "" : stays}\r\n`;
}

/** The head of answers that differ in their id and their length only. */
class PreparedHead {
  readonly #status: number;
  readonly #date: string;
  readonly #close: boolean;
  readonly #keepAlive: number;
  readonly #pieces: readonly [begin: string, middle: string, end: string];

  constructor({ status, contentType }: HttpAnswer, { date, close }: Envelope, keepAlive: number) {
    this.#status = status;
    this.#date = dateText(date);
    this.#close = close;
    this.#keepAlive = keepAlive;
    const sample = { status, contentType, body: "" };
    const head = headText(sample, { requestId: idMark, date, close }, keepAlive);
    const [begin = "", rest = ""] = head.split(idMark);
    const [middle = "", end = ""] = rest.split(/(?<=Content-Length: )0/);
    this.#pieces = [begin, middle, end];
  }

  isOf(status: number, date: Date, close: boolean, keepAlive: number): boolean {
    return (
      this.#status === status &&
      this.#date === dateText(date) &&
      this.#close === close &&
      this.#keepAlive === keepAlive
    );
  }

  of(requestId: string, length: number): string {
    if (!isVisibleAscii(requestId)) throw new TypeError("no value of x-amzn-RequestId");
    const [begin, middle, end] = this.#pieces;
    return begin + requestId + middle + String(length) + end;
  }
}

const idMark = "(request id)";

/** The last one of each content type. */
const heads = new Memo<PreparedHead>();

/** The second that was written last: all answers of one second have the same date. */
let written = { at: Number.NaN, text: "" };

function dateText(date: Date): string {
  const at = Math.floor(date.getTime() / second);
  if (at !== written.at) written = { at, text: date.toUTCString() };
  return written.text;
}

function lengthOf(body: HttpAnswer["body"]): number {
  return typeof body === "string" ? Buffer.byteLength(body, "utf8") : body.length;
}

/**
 * Sends an answer; nothing happens when the client has gone. Rejects when a stream of bytes ends with an error: what has been sent is
 * less than the length that was announced, and the connection must be closed so that the client knows.
 */
export function sendAnswer(
  response: ServerResponse,
  answer: HttpAnswer,
  envelope: Envelope,
): Promise<void> | undefined {
  const { status, body } = answer;
  response.writeHead(status, answerHeaders(answer, envelope));
  if (typeof body !== "string" && response.req.method !== "HEAD") return sendPieces(response, body);
  if (typeof body === "string") response.end(body, encodingOf(body));
  else response.end();
  return undefined;
}

/** Text of ASCII alone is the same in both, and written faster as Latin-1. */
export function encodingOf(text: string): "latin1" | "utf8" {
  return Buffer.byteLength(text, "utf8") === text.length ? "latin1" : "utf8";
}

async function sendPieces(response: ServerResponse, { pieces }: ByteStream): Promise<void> {
  for await (const piece of pieces()) {
    if (response.destroyed) return;
    if (!response.write(piece)) await drained(response);
  }
  response.end();
}

function drained(response: ServerResponse): Promise<void> {
  return new Promise((resolve) => {
    const settle = (): void => {
      response.off("drain", settle).off("close", settle);
      resolve();
    };
    response.on("drain", settle).on("close", settle);
  });
}

const linger = second;

/**
 * Answers a request whose body is not wanted and closes the connection. What the client is still sending is read and dropped for a
 * moment: closing a socket with unread bytes resets it, and the client would lose the answer.
 */
export function sendLastAnswer(
  request: IncomingMessage,
  response: ServerResponse,
  answer: HttpAnswer,
  envelope: Omit<Envelope, "close">,
): void {
  response.writeHead(answer.status, answerHeaders(answer, { ...envelope, close: true }));
  if (typeof answer.body === "string") response.write(answer.body);
  const end = (): void => {
    clearTimeout(timer);
    response.end();
  };
  const timer = setTimeout(end, linger);
  request.once("end", end).once("close", end);
  request.resume();
}
