import * as assert from "node:assert/strict";
import { hash } from "node:crypto";
import { existsSync, readdirSync, readFileSync } from "node:fs";
import { join, resolve } from "node:path";
import { describe, test } from "node:test";
import { canonicalRequest, parseQuery, stringToSign } from "../../src/crypto/canonical-request.ts";
import { deriveSigningKey, SigningKeys } from "../../src/crypto/signing-key.ts";
import { readHeaders } from "../../src/server/headers.ts";
import type { SignedMessage } from "../../src/server/sigv4.ts";
import { readSignature } from "../../src/server/sigv4.ts";

const root = join(import.meta.dirname, "../..");
const folder = resolve(root, process.env["VECTORS_DIR"] ?? "../shared/vectors", "sigv4");
const present = existsSync(folder);
const inCi = process.env["CI"] === "true";
const missing = "the Signature Version 4 vectors are not here: set VECTORS_DIR";

interface Context {
  readonly credentials: { readonly secret_access_key: string; readonly token?: string };
  readonly normalize: boolean;
  readonly region: string;
  readonly service: string;
  readonly timestamp: string;
  readonly omit_session_token?: boolean;
}

const names = present ? readdirSync(folder).toSorted() : [];

test("the vectors of Signature Version 4 are complete", {
  skip: !present && !inCi && missing,
}, () => {
  assert.ok(present, missing);
  assert.equal(names.length, 38);
});

for (const name of names) {
  describe(name, () => {
    const context = JSON.parse(read(name, "context.json")) as Context;
    for (const form of ["header", "query"] as const)
      test(`its signature by ${form} is the published one`, () => checkCase(name, form, context));
    if (context.normalize && context.credentials.token === undefined)
      test("its signed request is accepted", () => checkAccepted(name, context));
  });
}

function checkCase(name: string, form: "header" | "query", context: Context): void {
  const request = parseRequest(read(name, `${form}-signed-request.txt`));
  const token = context.omit_session_token === true ? ["X-Amz-Security-Token"] : [];
  const canonical = canonicalRequest({
    ...request,
    signedHeaders: signedHeaders(request, form),
    bodyHash: hash("sha256", request.body, "hex"),
    pathForm: context.normalize ? "normalized" : "encoded",
    unsignedParameters: ["X-Amz-Signature", ...token],
  });
  assert.equal(canonical, read(name, `${form}-canonical-request.txt`));
  const { date, time, region, service } = scopeOf(context);
  const text = stringToSign(time, `${date}/${region}/${service}/aws4_request`, canonical);
  assert.equal(text, read(name, `${form}-string-to-sign.txt`));
  const key = deriveSigningKey(secretOf(context), date, region, service);
  assert.equal(key.digest(text).toString("hex"), read(name, `${form}-signature.txt`));
}

function checkAccepted(name: string, context: Context): void {
  const request = parseRequest(read(name, "header-signed-request.txt"));
  const signature = readSignature(request, { signingNames: [context.service] });
  const now = new Date(context.timestamp);
  signature.verify({ secret: secretOf(context) }, now, new SigningKeys());
  assert.equal(signature.region, context.region);
}

function secretOf(context: Context): Buffer {
  return Buffer.from(context.credentials.secret_access_key, "utf8");
}

function scopeOf({ timestamp, region, service }: Context) {
  const time = timestamp.replaceAll(/[:-]/g, "");
  return { time, date: time.slice(0, 8), region, service };
}

function signedHeaders(request: SignedMessage, form: "header" | "query"): readonly string[] {
  const authorization = request.headers.get("authorization") ?? "";
  const text =
    form === "header"
      ? /SignedHeaders=([^,]+)/.exec(authorization)?.[1]
      : new Map(parseQuery(request.query)).get("X-Amz-SignedHeaders");
  assert.ok(text !== undefined);
  return text.split(";");
}

/** Reads an HTTP request as the suite writes it: raw UTF-8 and spaces in the target, continued header lines. */
function parseRequest(text: string): SignedMessage {
  const [head = "", ...rest] = text.split("\n\n");
  const [line = "", ...lines] = head.replaceAll(/\n +/g, " ").split("\n");
  const [, method = "", path = "", query = ""] =
    /^(\S+) ([^?]*?)(?:\?(.*))? HTTP\/1.1$/.exec(line) ?? [];
  const raw = lines
    .filter((each) => each !== "")
    .flatMap((each) => {
      const colon = each.indexOf(":");
      return [each.slice(0, colon), each.slice(colon + 1)];
    });
  const body = Buffer.from(rest.join("\n\n").replace(/^\n+$/, ""), "utf8");
  return { method, path, query, headers: readHeaders(raw), body };
}

function read(name: string, file: string): string {
  return readFileSync(join(folder, name, file), "utf8");
}
