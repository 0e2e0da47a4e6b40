import type { ClientRequest, IncomingMessage, RequestOptions } from "node:http";
import { Agent as HttpAgent, request as httpRequest } from "node:http";
import { Agent as HttpsAgent, request as httpsRequest } from "node:https";
import { second } from "../../../base/clock.ts";

/** A request as it is sent. */
export interface SentRequest {
  readonly method: "DELETE" | "GET" | "PUT";
  readonly path: string;
  readonly headers: Readonly<Record<string, string>>;
  readonly body: Uint8Array;
}

/** Connections to one server, kept open between requests. Redirects are answers like any others and are not followed. */
export interface Exchange {
  readonly host: string;
  /** Sends a request; resolves when its answer begins. Rejects when the server cannot be reached or keeps us waiting. */
  send(request: SentRequest): Promise<IncomingMessage>;
  close(): void;
}

/** How long a server may be silent. */
export const silence = 10 * second;

/** A server was silent for so long. */
export class Silence extends Error {
  override readonly name = "Silence";
}

/** Makes the connections of a server; none is opened yet. `ca`: who issues its certificates, PEM, if not one of the usual authorities. */
export function openExchange(endpoint: string, ca: string | undefined): Exchange {
  const { protocol, hostname, port, host } = new URL(endpoint);
  const usual = { keepAlive: true, maxSockets: 16 };
  const isTls = protocol === "https:";
  const agent = isTls
    ? new HttpsAgent({ ...usual, ca, minVersion: "TLSv1.2" })
    : new HttpAgent(usual);
  const address: RequestOptions = {
    // Node takes addresses of version 6 without brackets.
    host: hostname.replace(/^\[|\]$/g, ""),
    ...(port === "" ? {} : { port }),
    agent,
    timeout: silence,
  };
  return {
    host,
    send({ body, ...request }) {
      const options = { ...address, ...request };
      return answerOf(isTls ? httpsRequest(options) : httpRequest(options), body);
    },
    close: () => agent.destroy(),
  };
}

function answerOf(request: ClientRequest, body: Uint8Array): Promise<IncomingMessage> {
  const { promise, resolve, reject } = Promise.withResolvers<IncomingMessage>();
  request.on("error", reject);
  request.on("timeout", () => request.destroy(new Silence("it does not answer")));
  request.on("response", (response) => {
    // Who reads the answer has a time of its own for every part of it.
    request.setTimeout(0);
    resolve(response);
  });
  request.end(body);
  return promise;
}
