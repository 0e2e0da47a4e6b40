import * as assert from "node:assert/strict";
import type { IAM } from "@aws-sdk/client-iam";
import { KMS } from "@aws-sdk/client-kms";
import type { AssumeRoleCommandInput, Credentials } from "@aws-sdk/client-sts";
import { STS, STSServiceException } from "@aws-sdk/client-sts";
import { account } from "../conformance/support.ts";
import type { TestServer, TestUser } from "../support/keywright.ts";
import { accessKeys } from "../support/keywright.ts";

/** Credentials as clients take them. */
export interface ClientCredentials {
  readonly accessKeyId: string;
  readonly secretAccessKey: string;
  readonly sessionToken?: string;
}

type Who = TestUser | ClientCredentials;

function settings(server: Pick<TestServer, "url" | "clock">, who: Who) {
  return {
    endpoint: server.url,
    region: "us-east-1",
    credentials: typeof who === "string" ? accessKeys[who] : who,
    maxAttempts: 1,
    systemClockOffset: server.clock.offset,
  };
}

/** Clients of AWS's SDK that never try twice. Ask again after moving the server's clock. */
export function connectSts(server: Pick<TestServer, "url" | "clock">, who: Who = "admin"): STS {
  return new STS(settings(server, who));
}

export function kmsAs(server: Pick<TestServer, "url" | "clock">, who: Who): KMS {
  return new KMS(settings(server, who));
}

/** What an answer gives, as clients take it. */
export function clientCredentials(given: Credentials | undefined): ClientCredentials {
  return {
    accessKeyId: String(given?.AccessKeyId),
    secretAccessKey: String(given?.SecretAccessKey),
    sessionToken: String(given?.SessionToken),
  };
}

export const roleArn = (name: string, of = account): string => `arn:aws:iam::${of}:role/${name}`;

/** A trust policy for AWS principals. */
export function trusting(
  principal: unknown,
  more: { readonly Action?: string | readonly string[]; readonly Condition?: object } = {},
): string {
  return JSON.stringify({
    Version: "2012-10-17",
    Statement: [
      { Effect: "Allow", Principal: { AWS: principal }, Action: "sts:AssumeRole", ...more },
    ],
  });
}

export const administrator = "arn:aws:iam::aws:policy/AdministratorAccess";

interface NewRole {
  readonly trust: string;
  /** ARNs of managed policies. */
  readonly attached?: readonly string[];
  /** An inline policy. */
  readonly policy?: object;
  readonly longest?: number;
  readonly tags?: Readonly<Record<string, string>>;
}

/** Makes a role and returns its ARN. */
export async function makeRole(iam: IAM, name: string, role: NewRole): Promise<string> {
  const { Role } = await iam.createRole({
    RoleName: name,
    AssumeRolePolicyDocument: role.trust,
    MaxSessionDuration: role.longest,
    Tags: Object.entries(role.tags ?? {}).map(([Key, Value]) => ({ Key, Value })),
  });
  for (const PolicyArn of role.attached ?? [])
    await iam.attachRolePolicy({ RoleName: name, PolicyArn });
  if (role.policy !== undefined)
    await iam.putRolePolicy({
      RoleName: name,
      PolicyName: "inline",
      PolicyDocument: JSON.stringify(role.policy),
    });
  return String(Role?.Arn);
}

/** Starts a session and returns its credentials. */
export async function assume(
  sts: STS,
  arn: string,
  more: Partial<AssumeRoleCommandInput> = {},
): Promise<ClientCredentials> {
  const { Credentials: given } = await sts.assumeRole({
    RoleArn: arn,
    RoleSessionName: "session",
    ...more,
  });
  return clientCredentials(given);
}

/** Proves that STS refuses a call with this code, HTTP status and text. */
export async function refusedBy(
  call: Promise<unknown>,
  code: string,
  status: number,
  message: string | RegExp,
): Promise<void> {
  try {
    await call;
  } catch (error) {
    if (!(error instanceof STSServiceException)) throw error;
    assert.equal(error.name, code, error.message);
    if (typeof message === "string") assert.equal(error.message, message);
    else assert.match(error.message, message);
    assert.equal(error.$metadata.httpStatusCode, status);
    return;
  }
  throw new assert.AssertionError({ message: "the call was allowed" });
}

/** Proves that a role may not be assumed, in AWS's words. */
export function deniedTo(
  who: string,
  call: Promise<unknown>,
  arn: string,
  action = "sts:AssumeRole",
): Promise<void> {
  const text = `User: ${who} is not authorized to perform: ${action} on resource: ${arn}`;
  return refusedBy(call, "AccessDenied", 403, text);
}
