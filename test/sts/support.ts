import type { IAM } from "@aws-sdk/client-iam";
import { KMS } from "@aws-sdk/client-kms";
import type { AssumeRoleCommandInput, Credentials } from "@aws-sdk/client-sts";
import { STS, STSServiceException } from "@aws-sdk/client-sts";
import { account } from "../conformance/support.ts";
import type { TestServer } from "../support/keywright.ts";
import type { ClientCredentials, Who } from "../support/sdk.ts";
import { clientSettings, refusedWith } from "../support/sdk.ts";

/** Clients of AWS's SDK that never try twice. Ask again after moving the server's clock. */
export function connectSts(server: Pick<TestServer, "url" | "clock">, who: Who = "admin"): STS {
  return new STS(clientSettings(server, who));
}

export function kmsAs(server: Pick<TestServer, "url" | "clock">, who: Who): KMS {
  return new KMS(clientSettings(server, who));
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
export function refusedBy(
  call: Promise<unknown>,
  code: string,
  status: number,
  message: string | RegExp,
): Promise<void> {
  return refusedWith(STSServiceException, call, code, status, message);
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
