import * as assert from "node:assert/strict";
import { IAM, IAMServiceException } from "@aws-sdk/client-iam";
import type { TestServer, TestUser } from "../support/keywright.ts";
import { accessKeys, testSeed } from "../support/keywright.ts";

/** A client of AWS's SDK that never tries twice. */
export function connectIam(
  server: Pick<TestServer, "url" | "clock">,
  user: TestUser | { readonly accessKeyId: string; readonly secretAccessKey: string } = "admin",
): IAM {
  return new IAM({
    endpoint: server.url,
    region: "us-east-1",
    credentials: typeof user === "string" ? accessKeys[user] : user,
    maxAttempts: 1,
    systemClockOffset: server.clock.offset,
  });
}

/** Proves that a call is refused with this code, HTTP status and text. */
export async function refusedBy(
  call: Promise<unknown>,
  code: string,
  status: number,
  message: string | RegExp,
): Promise<void> {
  try {
    await call;
  } catch (error) {
    if (!(error instanceof IAMServiceException)) throw error;
    assert.equal(error.name, code, error.message);
    if (typeof message === "string") assert.equal(error.message, message);
    else assert.match(error.message, message);
    assert.equal(error.$metadata.httpStatusCode, status);
    return;
  }
  throw new assert.AssertionError({ message: "the call was allowed" });
}

/** The usual seed, in which the first account has a group of administrators without users. */
export function seedWithAdmins(): object {
  const [own, other] = testSeed.accounts;
  const managedPolicies = ["arn:aws:iam::aws:policy/AdministratorAccess"];
  return { accounts: [{ ...own, groups: [{ name: "admins", managedPolicies }] }, other] };
}

/** A new access key of a user, as clients take it. */
export async function newAccessKey(
  iam: IAM,
  UserName?: string,
): Promise<{ readonly accessKeyId: string; readonly secretAccessKey: string }> {
  const { AccessKey } = await iam.createAccessKey({ UserName });
  return {
    accessKeyId: String(AccessKey?.AccessKeyId),
    secretAccessKey: String(AccessKey?.SecretAccessKey),
  };
}

/** All that a listing gives when it is read in pages of some entries. */
export async function inPages<T>(
  list: (page: { Marker?: string; MaxItems: number }) => Promise<{
    readonly entries: readonly T[] | undefined;
    readonly IsTruncated?: boolean | undefined;
    readonly Marker?: string | undefined;
  }>,
  MaxItems: number,
): Promise<readonly T[]> {
  const all: T[] = [];
  let marker: string | undefined;
  do {
    const page = await list({ MaxItems, ...(marker === undefined ? {} : { Marker: marker }) });
    assert.ok((page.entries?.length ?? 0) <= MaxItems);
    assert.equal(page.Marker === undefined, page.IsTruncated !== true);
    all.push(...(page.entries ?? []));
    marker = page.Marker;
  } while (marker !== undefined);
  return all;
}

/** A statement; it allows, on everything, unless it says otherwise. */
interface Terms {
  readonly Effect?: "Allow" | "Deny";
  readonly Principal?: unknown;
  readonly Action: string;
  readonly Resource?: string;
  readonly Condition?: object;
}
/** The text of a policy of these statements. */
export const policyText = (...statements: readonly Terms[]): string =>
  JSON.stringify({
    Version: "2012-10-17",
    Statement: statements.map((each) => ({ Effect: "Allow", Resource: "*", ...each })),
  });
