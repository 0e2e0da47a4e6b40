import type { IncomingMessage } from "node:http";
import { request } from "node:https";
import type { ProxyHosts } from "../../../keystore/xks/hosts.ts";
import { connectionTarget } from "../../../keystore/xks/target.ts";

/** Where issuers of identity tokens may be asked, and whom their certificates have to be from. */
export interface IssuerConnections {
  readonly hosts: ProxyHosts;
  /** PEM; the system's authorities when left out. */
  readonly ca?: string | undefined;
  /** Milliseconds from the name's resolution to the last byte of the answer. */
  readonly timeout: number;
}

/** Fetches a document of an issuer. */
export type FetchDocument = (url: URL) => Promise<Buffer>;

/** A document that is not fetched, or an answer that is none; anything else means that the issuer was not reached. */
export class DocumentError extends Error {
  override readonly name = "DocumentError";
}

/** Key sets of large issuers have some 10 KB. */
const longestDocument = 131_072;

/**
 * Fetches over HTTPS from hosts that the operator lists, at port 443 or where the list says. A redirect is an answer like any other, and
 * not a document.
 */
export function documentFetcher({ hosts, ca, timeout }: IssuerConnections): FetchDocument {
  return (url) => {
    const route = hosts.find(url.hostname);
    const isPlain = url.protocol === "https:" && url.port === "" && url.username === "";
    if (route === undefined || !isPlain || url.password !== "")
      return Promise.reject(new DocumentError(`${url.host} is not among the hosts of issuers`));
    const refusal = () => new DocumentError(`${url.host} has an address that is not allowed`);
    const { promise, resolve, reject } = Promise.withResolvers<Buffer>();
    const sent = request({
      ...connectionTarget(url.hostname, route, hosts, refusal),
      path: `${url.pathname}${url.search}`,
      headers: { host: url.host, accept: "application/json" },
      servername: url.hostname,
      minVersion: "TLSv1.2",
      agent: false,
      ca,
      signal: AbortSignal.timeout(timeout),
    });
    sent.on("error", reject);
    sent.on("response", (response) => void readDocument(response).then(resolve, reject));
    sent.end();
    return promise;
  };
}

async function readDocument(response: IncomingMessage): Promise<Buffer> {
  if (response.statusCode !== 200) {
    response.destroy();
    const fault = `the issuer answered with status ${response.statusCode}`;
    throw (response.statusCode ?? 0) >= 500 ? new Error(fault) : new DocumentError(fault);
  }
  const chunks: Buffer[] = [];
  let length = 0;
  for await (const chunk of response as AsyncIterable<Buffer>) {
    length += chunk.length;
    if (length > longestDocument) {
      response.destroy();
      throw new DocumentError("the issuer's answer is too long");
    }
    chunks.push(chunk);
  }
  return Buffer.concat(chunks);
}
