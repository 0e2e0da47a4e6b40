import { createHash, createHmac } from "node:crypto";
import type { TestServer } from "./keywright.ts";
import { accessKeys } from "./keywright.ts";
import type { ClientCredentials, Who } from "./sdk.ts";

/** One answer as it came over the wire. */
export interface WireAnswer {
  readonly status: number;
  readonly headers: Headers;
  readonly text: string;
}

/** Sends any body to an operation, signed: what no SDK would send. Returns the answer unread. */
export function callRaw(
  server: Pick<TestServer, "url" | "clock">,
  user: Who,
  operation: string,
  body: string,
): Promise<WireAnswer> {
  return sendRaw(server, user, `TrentService.${operation}`, body);
}

/** Sends any body to a target, signed. Returns the answer unread. */
export async function sendRaw(
  server: Pick<TestServer, "url" | "clock">,
  user: Who,
  target: string,
  body: string,
  service = "kms",
): Promise<WireAnswer> {
  const { host } = new URL(server.url);
  const now = new Date(Date.now() + server.clock.offset).toISOString();
  const date = `${now.slice(0, 19).replaceAll(/[-:]/g, "")}Z`;
  const credentials: ClientCredentials = typeof user === "string" ? accessKeys[user] : user;
  const { sessionToken } = credentials;
  const headers = {
    "content-type": "application/x-amz-json-1.1",
    host,
    "x-amz-date": date,
    ...(sessionToken === undefined ? {} : { "x-amz-security-token": sessionToken }),
    "x-amz-target": target,
  };
  const answer = await fetch(server.url, {
    method: "POST",
    body,
    headers: { ...headers, authorization: authorization(credentials, headers, body, service) },
  });
  return { status: answer.status, headers: answer.headers, text: await answer.text() };
}

function authorization(
  { accessKeyId, secretAccessKey }: ClientCredentials,
  headers: Readonly<Record<string, string>> & { readonly "x-amz-date": string },
  body: string,
  service: string,
): string {
  const date = headers["x-amz-date"];
  const scope = `${date.slice(0, 8)}/us-east-1/${service}/aws4_request`;
  const names = Object.keys(headers).join(";");
  const lines = Object.entries(headers).map(([name, value]) => `${name}:${value}\n`);
  const canonical = ["POST", "/", "", lines.join(""), names, sha256(body)].join("\n");
  let key: string | Buffer = `AWS4${secretAccessKey}`;
  for (const part of scope.split("/")) key = createHmac("sha256", key).update(part).digest();
  const text = ["AWS4-HMAC-SHA256", date, scope, sha256(canonical)].join("\n");
  const signature = createHmac("sha256", key).update(text).digest("hex");
  return `AWS4-HMAC-SHA256 Credential=${accessKeyId}/${scope}, SignedHeaders=${names}, Signature=${signature}`;
}

function sha256(text: string): string {
  return createHash("sha256").update(text).digest("hex");
}
