import { createCipheriv, createDecipheriv, createHash, randomBytes } from "node:crypto";
import { once } from "node:events";
import type { IncomingMessage, ServerResponse } from "node:http";
import { createServer } from "node:https";
import type { AddressInfo } from "node:net";
import type { TLSSocket } from "node:tls";
import { AwsError } from "../../src/base/errors.ts";
import { SigningKeys } from "../../src/crypto/signing-key.ts";
import { readHeaders } from "../../src/server/headers.ts";
import { readSignature } from "../../src/server/sigv4.ts";
import type { Authority } from "./authority.ts";

/** A key of the external key manager. */
export interface ExternalKey {
  readonly bytes: Buffer;
  keySpec: string;
  keyUsage: readonly string[];
  keyStatus: string;
}

/** What goes wrong with the next answers. */
export type Fault =
  | { readonly kind: "slow"; readonly milliseconds: number }
  | { readonly kind: "stalled" }
  | { readonly kind: "reset" }
  | { readonly kind: "redirect"; readonly location: string }
  | { readonly kind: "raw"; readonly status: number; readonly body: string }
  | { readonly kind: "error"; readonly status: number; readonly errorName: string }
  | { readonly kind: "change"; readonly change: (answer: Json) => unknown };

export type Json = Record<string, unknown>;

/** What the proxy was asked, after the signature was found true. */
export interface Asked {
  readonly path: string;
  readonly body: Json;
  /** Port of the client's end: the same for calls over one connection. */
  readonly clientPort: number | undefined;
  readonly clientCertificate: string | undefined;
}

/** An external key store proxy with a key manager behind it: real HTTPS, real signatures, real AES-GCM. */
export interface TestProxy {
  readonly host: string;
  readonly port: number;
  readonly credential: { accessKeyId: string; secret: string };
  readonly keys: Map<string, ExternalKey>;
  readonly asked: Asked[];
  health: readonly string[];
  /** Bytes that encryption returns as metadata and wants back. */
  metadataLength: number;
  fault: Fault | undefined;
  addKey(id: string): ExternalKey;
  closeIdleConnections(): void;
  close(): Promise<void>;
}

export interface TestProxyOptions {
  readonly host?: string;
  readonly prefix?: string;
  /** Insist on certificates of clients that this authority issued. */
  readonly clients?: Authority;
  readonly maxVersion?: "TLSv1.1" | "TLSv1.2" | "TLSv1.3";
  readonly ciphers?: string;
}

class Refusal extends Error {
  readonly status: number;
  readonly errorName: string;

  constructor(errorName: string, options: ErrorOptions & { readonly status: number }) {
    super(errorName, options);
    this.status = options.status;
    this.errorName = errorName;
  }
}

/** Starts a proxy on a free port of the loopback, with a certificate of the authority. */
export async function startXksProxy(
  authority: Authority,
  options: TestProxyOptions = {},
): Promise<TestProxy> {
  const { host = "xks.example.test", prefix = "", clients, maxVersion, ciphers } = options;
  const { certificate, key } = authority.issue(host);
  const server = createServer({
    cert: certificate,
    key,
    ...(maxVersion !== undefined && { maxVersion, minVersion: "TLSv1" as const }),
    ...(ciphers !== undefined && { ciphers }),
    ...(clients && { ca: clients.certificate, requestCert: true, rejectUnauthorized: true }),
  });
  const proxy: TestProxy = {
    host,
    port: 0,
    credential: {
      accessKeyId: "ABCDEFGHIJKLMNOPQRST",
      secret: randomBytes(48).toString("base64"),
    },
    keys: new Map(),
    asked: [],
    health: ["ACTIVE"],
    metadataLength: 0,
    fault: undefined,
    addKey(id) {
      const made: ExternalKey = {
        bytes: randomBytes(32),
        keySpec: "AES_256",
        keyUsage: ["ENCRYPT", "DECRYPT"],
        keyStatus: "ENABLED",
      };
      proxy.keys.set(id, made);
      return made;
    },
    closeIdleConnections: () => server.closeIdleConnections(),
    async close() {
      server.closeAllConnections();
      server.close();
      await once(server, "close");
    },
  };
  server.on("request", (request, response) => {
    handle(proxy, `${prefix}/kms/xks/v1`, request, response).catch((error: unknown) => {
      response.destroy(error instanceof Error ? error : new Error(String(error)));
    });
  });
  server.listen(0, "127.0.0.1");
  await once(server, "listening");
  Object.assign(proxy, { port: (server.address() as AddressInfo).port });
  return proxy;
}

async function handle(
  proxy: TestProxy,
  base: string,
  request: IncomingMessage,
  response: ServerResponse,
): Promise<void> {
  const chunks: Buffer[] = [];
  for await (const chunk of request as AsyncIterable<Buffer>) chunks.push(chunk);
  const body = Buffer.concat(chunks);
  const fault = proxy.fault;
  if (fault?.kind === "reset") return void request.socket.destroy();
  if (fault?.kind === "slow")
    await new Promise((resolve) => setTimeout(resolve, fault.milliseconds));
  if (fault?.kind === "stalled") return void response.writeHead(200).write('{"plain');
  if (fault?.kind === "redirect")
    return void response.writeHead(307, { location: fault.location }).end();
  if (fault?.kind === "raw") return void response.writeHead(fault.status).end(fault.body);
  const { status, answer } = answered(proxy, base, request, body);
  const content = fault?.kind === "change" ? fault.change(answer) : answer;
  response.writeHead(status, { "content-type": "application/json" }).end(JSON.stringify(content));
}

function answered(proxy: TestProxy, base: string, request: IncomingMessage, body: Buffer) {
  try {
    authenticate(proxy, request, body);
    const content = JSON.parse(body.toString("utf8")) as Json;
    proxy.asked.push({
      path: request.url ?? "",
      body: content,
      clientPort: request.socket.remotePort,
      clientCertificate: clientName(request),
    });
    if (proxy.fault?.kind === "error") throw new Refusal(proxy.fault.errorName, proxy.fault);
    return { status: 200, answer: route(proxy, base, request, content) };
  } catch (error) {
    if (!(error instanceof Refusal)) throw error;
    const answer: Json = { errorName: error.errorName, errorMessage: "internal-detail-of-proxy" };
    return { status: error.status, answer };
  }
}

function clientName(request: IncomingMessage): string | undefined {
  const socket = request.socket as TLSSocket;
  const name = socket.getPeerCertificate().subject?.CN;
  return Array.isArray(name) ? name[0] : name;
}

function authenticate(proxy: TestProxy, request: IncomingMessage, body: Buffer): void {
  try {
    const headers = readHeaders(request.rawHeaders);
    const message = { method: request.method ?? "", path: request.url ?? "", query: "", headers };
    const rules = { signingNames: ["kms-xks-proxy"] };
    const signature = readSignature({ ...message, body }, rules);
    const secret = Buffer.from(proxy.credential.secret);
    signature.verify({ secret }, new Date(), new SigningKeys());
    if (signature.accessKeyId === proxy.credential.accessKeyId) return;
  } catch (error) {
    if (!(error instanceof AwsError)) throw error;
  }
  throw new Refusal("AuthenticationFailedException", { status: 401 });
}

function route(proxy: TestProxy, base: string, request: IncomingMessage, body: Json): Json {
  const path = request.url ?? "";
  if (request.method !== "POST" || !path.startsWith(`${base}/`))
    throw new Refusal("InvalidUriPathException", { status: 404 });
  const rest = path.slice(base.length + 1);
  if (rest === "health") return health(proxy);
  const [, id = "", action] =
    /^keys\/([A-Za-z0-9._-]+)\/(metadata|encrypt|decrypt)$/.exec(rest) ?? [];
  const key = proxy.keys.get(id);
  if (action === undefined) throw new Refusal("InvalidUriPathException", { status: 404 });
  if (key === undefined) throw new Refusal("KeyNotFoundException", { status: 404 });
  const { keySpec, keyUsage, keyStatus } = key;
  if (action === "metadata") return { keySpec, keyUsage, keyStatus };
  if (keyStatus !== "ENABLED") throw new Refusal("InvalidStateException", { status: 400 });
  if (!keyUsage.includes(action.toUpperCase()))
    throw new Refusal("InvalidKeyUsageException", { status: 400 });
  return action === "encrypt" ? encrypt(proxy, key, body) : decrypt(key, body);
}

function health(proxy: TestProxy): Json {
  return {
    xksProxyFleetSize: 1,
    xksProxyVendor: "test",
    xksProxyModel: "proxy 1",
    ekmVendor: "test manager",
    ekmFleetDetails: proxy.health.map((healthStatus, index) => ({
      id: `hsm-${index}`,
      model: "model",
      healthStatus,
    })),
  };
}

function encrypt(proxy: TestProxy, key: ExternalKey, body: Json): Json {
  const aad = bytesOf(body, "additionalAuthenticatedData");
  const metadata = randomBytes(proxy.metadataLength);
  const iv = randomBytes(12);
  const cipher = createCipheriv("aes-256-gcm", key.bytes, iv);
  cipher.setAAD(boundBytes(aad, metadata));
  const ciphertext = Buffer.concat([cipher.update(bytesOf(body, "plaintext")), cipher.final()]);
  const tag = cipher.getAuthTag();
  const integrity = createHash("sha256");
  for (const part of [aad, metadata, iv, ciphertext, tag]) integrity.update(part);
  return {
    ciphertext: ciphertext.toString("base64"),
    initializationVector: iv.toString("base64"),
    authenticationTag: tag.toString("base64"),
    ...(metadata.length > 0 && { ciphertextMetadata: metadata.toString("base64") }),
    ...(body["ciphertextDataIntegrityValueAlgorithm"] === "SHA_256" && {
      ciphertextDataIntegrityValue: integrity.digest("base64"),
    }),
  };
}

function decrypt(key: ExternalKey, body: Json): Json {
  const iv = bytesOf(body, "initializationVector");
  const decipher = createDecipheriv("aes-256-gcm", key.bytes, iv, { authTagLength: 16 });
  const metadata = "ciphertextMetadata" in body ? bytesOf(body, "ciphertextMetadata") : Buffer.of();
  decipher.setAAD(boundBytes(bytesOf(body, "additionalAuthenticatedData"), metadata));
  decipher.setAuthTag(bytesOf(body, "authenticationTag"));
  try {
    const plaintext = decipher.update(bytesOf(body, "ciphertext"));
    return { plaintext: Buffer.concat([plaintext, decipher.final()]).toString("base64") };
  } catch (cause) {
    throw new Refusal("InvalidCiphertextException", { status: 400, cause });
  }
}

/** The additional data as the API prescribes it where metadata is used. */
function boundBytes(aad: Buffer, metadata: Buffer): Buffer {
  if (metadata.length === 0) return aad;
  const lengths = [Buffer.alloc(2), Buffer.of(metadata.length)] as const;
  lengths[0].writeUInt16BE(aad.length);
  return Buffer.concat([lengths[0], aad, lengths[1], metadata]);
}

function bytesOf(body: Json, name: string): Buffer {
  const value = body[name];
  if (typeof value !== "string") throw new Refusal("ValidationException", { status: 400 });
  return Buffer.from(value, "base64");
}
