import { hash } from "node:crypto";
import type { CanonicalInput } from "./canonical-request.ts";
import { basicFormat, canonicalRequest, stringToSign } from "./canonical-request.ts";
import { deriveSigningKey } from "./signing-key.ts";

/** A request that we send, without a query. */
export interface OutgoingRequest {
  readonly method: string;
  readonly path: string;
  /** By lower-case names; all of them are signed. `host` must be among them. */
  readonly headers: Readonly<Record<string, string>>;
  readonly body: Uint8Array;
  /** How the service takes the path; `normalized` when left out. */
  readonly pathForm?: CanonicalInput["pathForm"];
}

/** Who signs, and for which service. */
export interface SigningIdentity {
  readonly accessKeyId: string;
  readonly secret: Uint8Array;
  readonly region: string;
  readonly service: string;
}

/** The headers of a request signed with Signature Version 4: those given, `x-amz-date` and `authorization`. */
export function signRequest(
  request: OutgoingRequest,
  identity: SigningIdentity,
  now: Date,
): Readonly<Record<string, string>> {
  const { accessKeyId, secret, region, service } = identity;
  const time = basicFormat(now);
  const headers = { ...request.headers, "x-amz-date": time };
  const signedHeaders = Object.keys(headers).toSorted();
  const canonical = canonicalRequest({
    method: request.method,
    path: request.path,
    query: "",
    headers: new Map(Object.entries(headers)),
    signedHeaders,
    bodyHash: hash("sha256", request.body, "hex"),
    pathForm: request.pathForm ?? "normalized",
  });
  const day = time.slice(0, 8);
  const scope = `${day}/${region}/${service}/aws4_request`;
  const key = deriveSigningKey(secret, day, region, service);
  const signature = key.digest(stringToSign(time, scope, canonical)).toString("hex");
  const authorization = `AWS4-HMAC-SHA256 Credential=${accessKeyId}/${scope}, SignedHeaders=${signedHeaders.join(";")}, Signature=${signature}`;
  return { ...headers, authorization };
}
