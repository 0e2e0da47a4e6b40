import type { IncomingMessage, ServerResponse } from "node:http";
import { second } from "../base/clock.ts";

/** What goes back to a client, but for the headers that every answer has. */
export interface HttpAnswer {
  readonly status: number;
  readonly contentType: string;
  readonly body: string;
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
  const headers = [
    "x-amzn-RequestId",
    envelope.requestId,
    "Date",
    envelope.date.toUTCString(),
    "Content-Type",
    answer.contentType,
    "Content-Length",
    String(Buffer.byteLength(answer.body, "utf8")),
    "Cache-Control",
    "no-store",
  ];
  const { authorizationMessage } = answer;
  if (authorizationMessage !== undefined)
    headers.push("x-keywright-authorization-message", authorizationMessage);
  if (envelope.close) headers.push("Connection", "close");
  return headers;
}

/** Sends an answer; nothing happens when the client has gone. */
export function sendAnswer(response: ServerResponse, answer: HttpAnswer, envelope: Envelope): void {
  response.writeHead(answer.status, answerHeaders(answer, envelope));
  response.end(answer.body);
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
  response.write(answer.body);
  const end = (): void => {
    clearTimeout(timer);
    response.end();
  };
  const timer = setTimeout(end, linger);
  request.once("end", end).once("close", end);
  request.resume();
}
