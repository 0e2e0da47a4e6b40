import { decodeBase64 } from "../../base/bytes.ts";
import type { JsonObject, JsonValue } from "../../base/json.ts";
import { isJsonList, isJsonObject, JsonSyntaxError, readJsonBytes } from "../../base/json.ts";
import { equalBytes, sha256 } from "../../crypto/hash.ts";
import type { ProxyErrorName } from "./failures.ts";
import { XksError } from "./failures.ts";
import type { ProxyAnswer } from "./transport.ts";

/** The answers of an XKS proxy, read strictly: whatever is not as the API says is Malformed. All functions throw XksError. */

/** What the proxy says about itself and the key managers behind it. */
export interface XksHealth {
  readonly vendor: string;
  readonly model: string;
}

export interface XksKeyMetadata {
  readonly keySpec: string;
  readonly keyUsage: readonly string[];
  readonly keyStatus: string;
}

/** What the external key manager made of a plaintext. */
export interface XksCiphertext {
  readonly iv: Uint8Array;
  readonly tag: Uint8Array;
  /** Bytes of the proxy's own that it wants back; often none. */
  readonly metadata: Uint8Array;
  readonly ciphertext: Uint8Array;
}

/** The status that each error comes with. */
const statusOf: Readonly<Record<ProxyErrorName, number>> = {
  ValidationException: 400,
  InvalidStateException: 400,
  InvalidCiphertextException: 400,
  InvalidKeyUsageException: 400,
  AuthenticationFailedException: 401,
  AccessDeniedException: 403,
  KeyNotFoundException: 404,
  InvalidUriPathException: 404,
  ThrottlingException: 429,
  UnsupportedOperationException: 501,
  DependencyTimeoutException: 503,
  InternalException: 500,
};

/** Reads the body of a success; throws what an error says. */
export function readAnswer({ status, body }: ProxyAnswer): JsonObject {
  const answer = readObject(body);
  if (status === 200) return answer;
  const name = answer["errorName"];
  // The names of the table are those of the type.
  for (const [known, expected] of Object.entries(statusOf))
    if (known === name && status === expected) throw new XksError(known as ProxyErrorName);
  throw new XksError("Malformed");
}

export function readHealth(answer: JsonObject): XksHealth {
  const size = answer["xksProxyFleetSize"];
  const fleet = answer["ekmFleetDetails"];
  require(typeof size === "number" && Number.isInteger(size) && size > 0);
  require(isJsonList(fleet) && fleet.length >= 1 && fleet.length <= 10);
  text(answer, "ekmVendor");
  const states = (isJsonList(fleet) ? fleet : []).map(instanceState);
  if (states.every((state) => state === "UNAVAILABLE")) throw new XksError("Unhealthy");
  return { vendor: text(answer, "xksProxyVendor"), model: text(answer, "xksProxyModel") };
}

function instanceState(instance: JsonValue): string {
  if (!isJsonObject(instance)) throw new XksError("Malformed");
  text(instance, "id");
  text(instance, "model");
  const state = text(instance, "healthStatus");
  require(state === "ACTIVE" || state === "DEGRADED" || state === "UNAVAILABLE");
  return state;
}

export function readMetadata(answer: JsonObject): XksKeyMetadata {
  const usage = answer["keyUsage"];
  if (!isJsonList(usage) || usage.length > 10) throw new XksError("Malformed");
  const keyUsage = usage.map((each) => (typeof each === "string" ? each : ""));
  require(!keyUsage.includes(""));
  return { keySpec: text(answer, "keySpec"), keyUsage, keyStatus: text(answer, "keyStatus") };
}

/** Reads an encryption's answer and proves by its integrity value that it belongs to `bound` and arrived whole. */
export function readCiphertext(
  answer: JsonObject,
  plaintextLength: number,
  bound: Uint8Array,
): XksCiphertext {
  const ciphertext = bytes(answer, "ciphertext");
  const iv = bytes(answer, "initializationVector");
  const tag = bytes(answer, "authenticationTag");
  const metadata = "ciphertextMetadata" in answer ? bytes(answer, "ciphertextMetadata") : noBytes;
  const integrity = bytes(answer, "ciphertextDataIntegrityValue");
  require(ciphertext.length === plaintextLength && tag.length === 16);
  require((iv.length === 12 || iv.length === 16) && metadata.length <= 20);
  require(equalBytes(integrity, sha256(bound, metadata, iv, ciphertext, tag)));
  return { iv, tag, metadata, ciphertext };
}

export function readPlaintext(answer: JsonObject, length: number): Buffer {
  const plaintext = bytes(answer, "plaintext");
  require(plaintext.length === length);
  return plaintext;
}

const noBytes = Buffer.alloc(0);

function readObject(body: Uint8Array): JsonObject {
  try {
    const value = readJsonBytes(body);
    if (isJsonObject(value)) return value;
  } catch (cause) {
    if (!(cause instanceof JsonSyntaxError)) throw cause;
    throw new XksError("Malformed", { cause });
  }
  throw new XksError("Malformed");
}

function text(object: JsonObject, name: string): string {
  const value = object[name];
  if (typeof value !== "string" || value === "") throw new XksError("Malformed");
  return value;
}

function bytes(object: JsonObject, name: string): Buffer {
  const value = object[name];
  const decoded = typeof value === "string" ? decodeBase64(value) : undefined;
  if (decoded === undefined) throw new XksError("Malformed");
  return decoded;
}

function require(holds: boolean): void {
  if (!holds) throw new XksError("Malformed");
}
