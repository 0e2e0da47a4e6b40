import * as assert from "node:assert/strict";
import { IAM, IAMServiceException } from "@aws-sdk/client-iam";
import type { TestServer } from "../support/keywright.ts";
import { testSeed } from "../support/keywright.ts";
import type { Who } from "../support/sdk.ts";
import { clientSettings, refusedWith } from "../support/sdk.ts";

/** A client of AWS's SDK that never tries twice. */
export function connectIam(server: Pick<TestServer, "url" | "clock">, who: Who = "admin"): IAM {
  return new IAM(clientSettings(server, who));
}

/** Proves that a call is refused with this code, HTTP status and text. */
export function refusedBy(
  call: Promise<unknown>,
  code: string,
  status: number,
  message: string | RegExp,
): Promise<void> {
  return refusedWith(IAMServiceException, call, code, status, message);
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
