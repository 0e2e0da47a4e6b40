import type { Perform, WireService } from "../api/invoke.ts";
import { Memo } from "../base/memo.ts";
import type { HttpAnswer } from "./answer.ts";
import type { Authenticate } from "./authenticate.ts";
import { knownCredential } from "./authorization-header.ts";
import type { Log } from "./log.ts";
import type { MakeCall, Message } from "./message.ts";
import { asFault } from "./message.ts";
import { isS3Host } from "./protocols/rest-address.ts";
import { readRestRequest } from "./protocols/rest-xml.ts";
import { writeRestAnswer, writeRestError } from "./protocols/rest-xml-answer.ts";
import { hasOldSignature, s3Signatures } from "./sigv4-s3.ts";

/** The way of a request to an operation of a REST service: signature, then operation and body; never rejects. */
export function openRestDoor(
  { perform, log }: { readonly perform: Perform; readonly log: Log },
  authenticate: Authenticate,
  call: MakeCall,
): (message: Message, service: WireService) => Promise<HttpAnswer> {
  return async (message, service) => {
    const { path, requestId, connection } = message;
    try {
      const read = s3Signatures(connection.secure);
      const { signingName } = service;
      const signed = await authenticate(message, [signingName], connection.sourceIp, read);
      const { operation, body } = readRestRequest(message, service);
      const output = await perform(call(message, signed, { operation: operation.name, body }));
      return writeRestAnswer(service, operation, output, requestId);
    } catch (error) {
      return writeRestError(asFault(error, requestId, log), path, requestId);
    }
  };
}

/** Whether a request is signed for a service with a REST protocol, or comes to its name without a signature of today's. */
export function isFor({ signingName }: WireService, message: Message): boolean {
  const { headers, query } = message;
  const signed = claimedInHeader(headers.get("authorization")) ?? claimedService(query);
  if (signed !== undefined) return signed === signingName;
  return isS3Host(headers.get("host") ?? "") || hasOldSignature(message);
}

/** The service that a header claims: many requests of one client have one credential. */
function claimedInHeader(authorization: string | undefined): string | undefined {
  if (authorization === undefined) return undefined;
  const credential = knownCredential(authorization);
  if (credential === undefined) return claimedService(authorization);
  const known = claims.find(credential);
  if (known !== undefined) return known;
  const claimed = claimedService(`Credential=${credential}`);
  return claimed === undefined ? undefined : claims.keep(credential, claimed);
}

const claims = new Memo<string>();

/** The service of a credential scope, in a header or in a query string, before anything of it is believed. */
export function claimedService(text: string): string | undefined {
  return scope.exec(text)?.[1];
}

const scope =
  /Credential=[^/%&,\s]{1,128}(?:\/|%2F)\d{8}(?:\/|%2F)[^/%&,\s]{1,64}(?:\/|%2F)([^/%&,\s]{1,64})/i;
