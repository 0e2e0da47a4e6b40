import { createHash, createHmac } from "node:crypto";
import { once } from "node:events";
import type { IncomingMessage, Server, ServerResponse } from "node:http";
import { createServer, request as httpRequest } from "node:http";
import type { AddressInfo } from "node:net";
import { SignatureV4 } from "@smithy/signature-v4";

/** What is wrong with a store. */
export type Trouble =
  | {
      readonly kind: "status";
      readonly status: number;
      readonly code: string;
      readonly times?: number;
    }
  /** Answers to GET break off after so many bytes. */
  | { readonly kind: "cut"; readonly after: number }
  | { readonly kind: "silent" }
  /** Connections are closed without an answer. */
  | { readonly kind: "hangs up"; readonly times?: number }
  | { readonly kind: "redirects"; readonly to: string };

/** What stands before a store: it checks every signature with AWS's own signer, and does as a test says. */
export interface Front {
  readonly url: string;
  /** Secrets of access keys by their ids. */
  readonly secrets: Map<string, string>;
  trouble: Trouble | undefined;
  /** Methods and paths of requests with a valid signature. */
  readonly requests: string[];
  /** Why requests were refused. */
  readonly refusals: string[];
  close(): Promise<void>;
}

/** Opens a front before a store. */
export async function openFront(
  store: { readonly url: string },
  secrets: Readonly<Record<string, string>>,
): Promise<Front> {
  let times = 0;
  const server = createServer((request, response) => {
    handle(request, response).catch((error: unknown) => {
      front.refusals.push(String(error));
      request.socket.destroy();
    });
  });
  const handle = async (request: IncomingMessage, response: ServerResponse): Promise<void> => {
    const body = await readAll(request);
    const trouble = troubleNow();
    if (trouble?.kind === "silent") return;
    if (trouble?.kind === "hangs up") return void request.socket.destroy();
    const refusal = await refusalOf(request, body, front.secrets);
    if (refusal !== undefined) {
      front.refusals.push(refusal);
      return refuse(response, 403, refusal);
    }
    front.requests.push(`${request.method} ${request.url}`);
    if (trouble?.kind === "status") return refuse(response, trouble.status, trouble.code);
    if (trouble?.kind === "redirects")
      return void response.writeHead(307, { location: trouble.to }).end();
    await forward(store.url, request, body, response, trouble?.after);
  };
  /** The trouble of this request; what befalls some requests only is over then. */
  const troubleNow = (): Trouble | undefined => {
    const { trouble } = front;
    const most = trouble !== undefined && "times" in trouble ? trouble.times : undefined;
    if (most === undefined) return trouble;
    times += 1;
    if (times < most) return trouble;
    front.trouble = undefined;
    times = 0;
    return trouble;
  };
  server.listen(0, "127.0.0.1");
  await once(server, "listening");
  const { port } = server.address() as AddressInfo;
  const front: Front = {
    url: `http://127.0.0.1:${port}`,
    secrets: new Map(Object.entries(secrets)),
    trouble: undefined,
    requests: [],
    refusals: [],
    close: () => closeServer(server),
  };
  return front;
}

async function closeServer(server: Server): Promise<void> {
  server.closeAllConnections();
  await new Promise((resolve) => server.close(resolve));
}

async function readAll(request: IncomingMessage): Promise<Buffer> {
  const chunks: Buffer[] = [];
  for await (const chunk of request as AsyncIterable<Buffer>) chunks.push(chunk);
  return Buffer.concat(chunks);
}

function refuse(response: ServerResponse, status: number, code: string): void {
  response
    .writeHead(status, { "content-type": "application/xml" })
    .end(`<?xml version="1.0"?><Error><Code>${code}</Code><Message>no</Message></Error>`);
}

/** SHA-256, and HMAC with a key, as AWS's signer asks for them. */
class Sha256 {
  readonly #hash: ReturnType<typeof createHash> | ReturnType<typeof createHmac>;
  constructor(secret?: string | ArrayBuffer | ArrayBufferView) {
    this.#hash =
      secret === undefined
        ? createHash("sha256")
        : createHmac("sha256", typeof secret === "string" ? secret : viewOf(secret));
  }
  update(data: Uint8Array): void {
    this.#hash.update(data);
  }
  async digest(): Promise<Uint8Array> {
    return this.#hash.digest();
  }
  reset(): void {
    throw new Error("nobody hashes twice");
  }
}

function viewOf(data: ArrayBuffer | ArrayBufferView): Uint8Array {
  return ArrayBuffer.isView(data)
    ? new Uint8Array(data.buffer, data.byteOffset, data.byteLength)
    : new Uint8Array(data);
}

/** S3's code for what is wrong with a request's signature, by AWS's own signer. */
async function refusalOf(
  request: IncomingMessage,
  body: Buffer,
  secrets: ReadonlyMap<string, string>,
): Promise<string | undefined> {
  const given = request.headers.authorization ?? "";
  const parts =
    /^AWS4-HMAC-SHA256 Credential=([^/]+)\/\d{8}\/([^/]+)\/s3\/aws4_request, ?SignedHeaders=([^,]+), ?Signature=([0-9a-f]{64})$/.exec(
      given,
    );
  if (parts === null) return "AuthorizationHeaderMalformed";
  const [, accessKeyId = "", region = "", names = ""] = parts;
  const secretAccessKey = secrets.get(accessKeyId);
  if (secretAccessKey === undefined) return "InvalidAccessKeyId";
  const hash = createHash("sha256").update(body).digest("hex");
  if (request.headers["x-amz-content-sha256"] !== hash) return "XAmzContentSHA256Mismatch";
  const md5 = request.headers["content-md5"];
  if (md5 !== undefined && md5 !== createHash("md5").update(body).digest("base64"))
    return "BadDigest";
  const time = String(request.headers["x-amz-date"]);
  const signingDate = new Date(time.replace(/^(....)(..)(..T..)(..)(..Z)$/, "$1-$2-$3:$4:$5"));
  if (Math.abs(Date.now() - signingDate.getTime()) > 900_000) return "RequestTimeTooSkewed";
  const credentials = { accessKeyId, secretAccessKey };
  const sha256 = Sha256;
  const signer = new SignatureV4({
    service: "s3",
    region,
    credentials,
    sha256,
    uriEscapePath: false,
  });
  const { pathname, searchParams, host, hostname } = new URL(
    `http://${request.headers.host}${request.url}`,
  );
  // The path as it was sent: a URL resolves dots.
  const [path = pathname] = (request.url ?? "").split("?");
  const signed = Object.fromEntries(
    names.split(";").map((name) => [name, name === "host" ? host : String(request.headers[name])]),
  );
  const again = await signer.sign(
    {
      ...{ method: request.method ?? "", protocol: "http:", hostname, path },
      ...{ query: Object.fromEntries(searchParams), headers: signed, body },
    },
    { signingDate },
  );
  const expected = again.headers["authorization"] ?? "";
  const signatureOf = (text: string) => /SignedHeaders=.*$/.exec(text)?.[0].replaceAll(" ", "");
  return signatureOf(expected) === signatureOf(given) ? undefined : "SignatureDoesNotMatch";
}

async function forward(
  url: string,
  request: IncomingMessage,
  body: Buffer,
  response: ServerResponse,
  cut: number | undefined,
): Promise<void> {
  const { authorization: _, connection: __, ...headers } = request.headers;
  const { hostname, port } = new URL(url);
  const onward = httpRequest({
    ...{ hostname, port, method: request.method, path: request.url, agent: false },
    headers: { ...headers, connection: "close" },
  });
  onward.end(body);
  const answered = await new Promise<IncomingMessage | undefined>((resolve) => {
    onward.on("response", resolve);
    onward.on("error", () => resolve(undefined));
  });
  if (answered === undefined) return void request.socket.destroy();
  const bytes = await readAll(answered);
  response.writeHead(answered.statusCode ?? 0, { ...answered.headers, connection: "keep-alive" });
  if (cut === undefined || request.method !== "GET") return void response.end(bytes);
  response.write(bytes.subarray(0, cut), () => request.socket.destroy());
}
