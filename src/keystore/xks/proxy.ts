import type { Clock } from "../../base/clock.ts";
import type { JsonObject } from "../../base/json.ts";
import { signRequest } from "../../crypto/sign-request.ts";
import type { XksCiphertext, XksHealth, XksKeyMetadata } from "./answers.ts";
import { readAnswer, readCiphertext, readHealth, readMetadata, readPlaintext } from "./answers.ts";
import { XksError } from "./failures.ts";
import type { ProxyHosts } from "./hosts.ts";
import type { ProxyTls } from "./transport.ts";
import { proxyTransport } from "./transport.ts";

/** Where a proxy is and how we prove who we are: a store's own settings. */
export interface XksProxyIdentity {
  /** `https://host`, without a port. */
  readonly endpoint: string;
  /** `/kms/xks/v1`, perhaps behind a prefix. */
  readonly path: string;
  readonly region: string;
  readonly accessKeyId: string;
  readonly secret: Uint8Array;
}

/** What the operator decides for all proxies. */
export interface XksSurroundings {
  readonly hosts: ProxyHosts;
  readonly tls: ProxyTls;
  /** Milliseconds that a call may take. */
  readonly timeout: number;
}

export type XksProxyOptions = XksProxyIdentity & XksSurroundings;

/** What the proxy is told about the call that it serves; it may decide by it and logs it. */
export interface XksCall {
  readonly requestId: string;
  readonly operation: string;
}

/** Use of a key: on whose behalf, and of which KMS key. */
export interface XksKeyCall extends XksCall {
  readonly principalArn: string;
  readonly keyArn?: string | undefined;
  readonly viaService?: string | undefined;
}

/** An external key store proxy (XKS proxy API 1). Every method throws XksError. */
export interface XksProxy {
  health(call: XksCall): Promise<XksHealth>;
  metadata(externalKeyId: string, call: XksKeyCall): Promise<XksKeyMetadata>;
  encrypt(
    externalKeyId: string,
    call: XksKeyCall,
    plaintext: Uint8Array,
    bound: Uint8Array,
  ): Promise<XksCiphertext>;
  decrypt(
    externalKeyId: string,
    call: XksKeyCall,
    sealed: XksCiphertext,
    bound: Uint8Array,
  ): Promise<Buffer>;
  close(): void;
}

const encryptionAlgorithm = "AES_GCM";

/** A client of a proxy; opens no connection yet. Throws XksError where the operator does not allow the host. */
export function xksProxy(options: XksProxyOptions, now: Clock): XksProxy {
  const { endpoint, path, region, accessKeyId, secret, hosts, tls, timeout } = options;
  const host = new URL(endpoint).hostname;
  const transport = proxyTransport({ host, hosts, tls, timeout });
  const signed = { host, "content-type": "application/json" };
  const identity = { accessKeyId, secret, region, service: "kms-xks-proxy" };

  const post = async (suffix: string, content: JsonObject): Promise<JsonObject> => {
    const body = Buffer.from(JSON.stringify(content), "utf8");
    const unsigned = { method: "POST", path: path + suffix, headers: signed, body };
    const headers = signRequest(unsigned, identity, now());
    return readAnswer(await transport.post(unsigned.path, headers, body));
  };

  return {
    health: async (call) =>
      readHealth(await post("/health", { requestMetadata: metadataOf(call) })),
    metadata: async (id, call) =>
      readMetadata(await post(keyPath(id, "metadata"), { requestMetadata: metadataOf(call) })),
    async encrypt(id, call, plaintext, bound) {
      const answer = await post(keyPath(id, "encrypt"), {
        requestMetadata: metadataOf(call),
        plaintext: base64(plaintext),
        encryptionAlgorithm,
        additionalAuthenticatedData: base64(bound),
        ciphertextDataIntegrityValueAlgorithm: "SHA_256",
      });
      return readCiphertext(answer, plaintext.length, bound);
    },
    async decrypt(id, call, sealed, bound) {
      const answer = await post(keyPath(id, "decrypt"), {
        requestMetadata: metadataOf(call),
        ciphertext: base64(sealed.ciphertext),
        ...(sealed.metadata.length > 0 && { ciphertextMetadata: base64(sealed.metadata) }),
        encryptionAlgorithm,
        additionalAuthenticatedData: base64(bound),
        initializationVector: base64(sealed.iv),
        authenticationTag: base64(sealed.tag),
      });
      return readPlaintext(answer, sealed.ciphertext.length);
    },
    close: () => transport.close(),
  };
}

/** The path of a key. An id of dots would be a step in the path. */
function keyPath(id: string, action: string): string {
  if (!/^[A-Za-z0-9._-]{1,128}$/.test(id) || /^\.+$/.test(id))
    throw new XksError("KeyNotFoundException");
  return `/keys/${id}/${action}`;
}

function metadataOf(call: XksCall | XksKeyCall): JsonObject {
  return {
    kmsRequestId: call.requestId,
    kmsOperation: call.operation,
    ...("principalArn" in call && {
      awsPrincipalArn: call.principalArn,
      ...(call.keyArn !== undefined && { kmsKeyArn: call.keyArn }),
      ...(call.viaService !== undefined && { kmsViaService: call.viaService }),
    }),
  };
}

function base64(bytes: Uint8Array): string {
  return Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength).toString("base64");
}
