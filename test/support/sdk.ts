import * as assert from "node:assert/strict";
import type { TestServer, TestUser } from "./keywright.ts";
import { accessKeys } from "./keywright.ts";

/** Credentials as clients take them. */
export interface ClientCredentials {
  readonly accessKeyId: string;
  readonly secretAccessKey: string;
  readonly sessionToken?: string;
}

export type Who = TestUser | ClientCredentials;

/** Settings of a client of AWS's SDK that never tries twice. Ask again after moving the server's clock. */
export function clientSettings(server: Pick<TestServer, "url" | "clock">, who: Who) {
  return {
    endpoint: server.url,
    region: "us-east-1",
    credentials: typeof who === "string" ? accessKeys[who] : who,
    maxAttempts: 1,
    systemClockOffset: server.clock.offset,
  };
}

type ServiceException = Error & { readonly $metadata: { readonly httpStatusCode?: number } };

/** Proves that a call is refused by a service with this code, HTTP status and text. */
export async function refusedWith(
  Exception: abstract new (...args: never[]) => ServiceException,
  call: Promise<unknown>,
  code: string,
  status: number,
  message: string | RegExp,
): Promise<void> {
  try {
    await call;
  } catch (error) {
    if (!(error instanceof Exception)) throw error;
    assert.equal(error.name, code, error.message);
    if (typeof message === "string") assert.equal(error.message, message);
    else assert.match(error.message, message);
    assert.equal(error.$metadata.httpStatusCode, status);
    return;
  }
  throw new assert.AssertionError({ message: "the call was allowed" });
}
