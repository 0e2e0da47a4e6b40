import * as assert from "node:assert/strict";
import { Organizations, OrganizationsServiceException } from "@aws-sdk/client-organizations";
import { assume, connectSts, roleArn } from "../sts/support.ts";
import type { TestServer } from "../support/keywright.ts";
import type { ClientCredentials, Who } from "../support/sdk.ts";
import { clientSettings } from "../support/sdk.ts";

/** A client of AWS's SDK that never tries twice. */
export function connectOrganizations(
  server: Pick<TestServer, "url" | "clock">,
  who: Who = "admin",
): Organizations {
  return new Organizations(clientSettings(server, who));
}

/** Proves that a call is refused with this code, HTTP 400, this text and, where AWS names one, this reason. */
export async function refusedBy(
  call: Promise<unknown>,
  code: string,
  message: string | RegExp,
  reason?: string,
): Promise<void> {
  try {
    await call;
  } catch (error) {
    if (!(error instanceof OrganizationsServiceException)) throw error;
    assert.equal(error.name, code, error.message);
    if (typeof message === "string") assert.equal(error.message, message);
    else assert.match(error.message, message);
    assert.equal("Reason" in error ? error.Reason : undefined, reason);
    assert.equal(error.$metadata.httpStatusCode, 400);
    return;
  }
  throw new assert.AssertionError({ message: "the call was allowed" });
}

let made = 0;

/** Creates an account of the organization and returns its number. */
export async function newAccount(organizations: Organizations, RoleName?: string): Promise<string> {
  made += 1;
  const { CreateAccountStatus: status } = await organizations.createAccount({
    Email: `account-${made}@example.com`,
    AccountName: `account ${made}`,
    RoleName,
  });
  assert.equal(status?.State, "SUCCEEDED");
  return String(status?.AccountId);
}

/** An administrator of an account that the organization of the usual seed created. */
export function enter(
  server: TestServer,
  account: string,
  role = "OrganizationAccountAccessRole",
): Promise<ClientCredentials> {
  return assume(connectSts(server), roleArn(role, account));
}

/** Creates a service control policy and returns its id. */
export async function newPolicy(
  organizations: Organizations,
  ...statements: readonly object[]
): Promise<string> {
  made += 1;
  const { Policy } = await organizations.createPolicy({
    Name: `policy ${made}`,
    Description: "",
    Type: "SERVICE_CONTROL_POLICY",
    Content: JSON.stringify({ Version: "2012-10-17", Statement: statements }),
  });
  return String(Policy?.PolicySummary?.Id);
}

/** The root of the organization. */
export async function rootOf(organizations: Organizations): Promise<string> {
  const { Roots } = await organizations.listRoots({});
  return String(Roots?.[0]?.Id);
}
