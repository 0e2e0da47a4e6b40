import * as assert from "node:assert/strict";
import { after } from "node:test";
import type { CreateKeyCommandInput } from "@aws-sdk/client-kms";
import { KMS, KMSServiceException } from "@aws-sdk/client-kms";
import type { JsonObject } from "../../src/base/json.ts";
import { listAudit } from "../../src/composition/inspect.ts";
import { askNobody } from "../../src/composition/root-sources.ts";
import type { Flags, TestServer, TestUser } from "../support/keywright.ts";
import {
  accessKeys,
  account,
  otherAccount,
  startKeywright,
  testSeed,
} from "../support/keywright.ts";

export const region = "us-east-1";
export const hour = 3_600_000;
export const day = 24 * hour;

/** A well-formed key id that no key has. */
export const missingId = "00000000-0000-4000-8000-000000000000";

const opened: TestServer[] = [];
after(() => Promise.all(opened.map((server) => server.close())));

/** A server for the tests of a file; it is closed after all of them. */
export async function openServer(seed?: object, flags?: Flags): Promise<TestServer> {
  const server = await startKeywright(seed, flags);
  opened.push(server);
  return server;
}

/** An access key as clients take it. */
export interface Credentials {
  readonly accessKeyId: string;
  readonly secretAccessKey: string;
}

/** A client of AWS's SDK that never tries twice. Ask again after moving the server's clock. */
export function connect(
  server: Pick<TestServer, "url" | "clock">,
  user: TestUser | Credentials = "admin",
  at = region,
): KMS {
  return new KMS({
    endpoint: server.url,
    region: at,
    credentials: typeof user === "string" ? accessKeys[user] : user,
    maxAttempts: 1,
    systemClockOffset: server.clock.offset,
  });
}

/** What an operation answered, without the SDK's notes about the call. */
export async function answer<T extends { $metadata?: unknown }>(
  call: Promise<T>,
): Promise<Omit<T, "$metadata">> {
  const { $metadata: _notes, ...members } = await call;
  return members;
}

/** Marks an error that AWS sends without a message. */
const noMessage = "UnknownError";

/** Proves that a call is refused with this code, HTTP 400 and exactly this text. */
export async function refused(
  call: Promise<unknown>,
  code: string,
  message: string | RegExp = noMessage,
): Promise<void> {
  const error = await failure(call);
  assert.equal(error.name, code, error.message);
  if (typeof message === "string") assert.equal(error.message, message);
  else assert.match(error.message, message);
  assert.equal(error.$metadata.httpStatusCode, 400);
}

async function failure(call: Promise<unknown>): Promise<KMSServiceException> {
  try {
    await call;
  } catch (error) {
    if (error instanceof KMSServiceException) return error;
    throw error;
  }
  throw new assert.AssertionError({ message: "the call was allowed" });
}

/** AWS's text for a refusal that no policy overrules. */
export function denial(
  user: string,
  action: string,
  resource: string,
  layer: "identity-based" | "resource-based",
): string {
  return `User: ${user} is not authorized to perform: kms:${action} on resource: ${resource} because no ${layer} policy allows the kms:${action} action`;
}

export const userArn = (name: string, of = account): string => `arn:aws:iam::${of}:user/${name}`;
export const rootArn = (of = account): string => `arn:aws:iam::${of}:root`;
export const keyArn = (id: string, of = account, at = region): string =>
  `arn:aws:kms:${at}:${of}:key/${id}`;
export const aliasArn = (name: string, of = account): string =>
  `arn:aws:kms:${region}:${of}:${name}`;

export interface NewKey {
  readonly id: string;
  readonly arn: string;
  readonly material: string;
}

export async function createKey(kms: KMS, input: CreateKeyCommandInput = {}): Promise<NewKey> {
  const { KeyMetadata } = await kms.createKey(input);
  return {
    id: String(KeyMetadata?.KeyId),
    arn: String(KeyMetadata?.Arn),
    material: String(KeyMetadata?.CurrentKeyMaterialId),
  };
}

export interface Statement {
  readonly Sid?: string;
  readonly Effect?: "Allow" | "Deny";
  readonly Principal?: unknown;
  readonly Action: string | readonly string[];
  readonly Resource?: string | readonly string[];
  readonly Condition?: object;
}

/** A policy of these statements; they allow, on everything, unless they say otherwise. */
export function policyOf(...statements: readonly Statement[]): object {
  return {
    Version: "2012-10-17",
    Statement: statements.map((each) => ({ Effect: "Allow", Resource: "*", ...each })),
  };
}

/** The statement by which a key policy leaves everything to IAM. */
export const delegation: Statement = { Principal: { AWS: rootArn() }, Action: "kms:*" };

/** A key policy: delegation to the account, and these statements. */
export function keyPolicy(...statements: readonly Statement[]): string {
  return JSON.stringify(policyOf(delegation, ...statements));
}

/** The usual seed, in which some users have this identity policy and no other. */
export function seedWith(policies: Partial<Record<TestUser, object>>): object {
  const attached = (given: object | undefined, user: { readonly name: string }): object =>
    given === undefined
      ? user
      : { ...user, managedPolicies: [], policies: [{ name: "Given", document: given }] };
  const byName = new Map(Object.entries(policies));
  const [own, other] = testSeed.accounts;
  return {
    accounts: [
      { ...own, users: own?.users.map((user) => attached(byName.get(user.name), user)) },
      { ...other, users: other?.users.map((user) => attached(byName.get("other"), user)) },
    ],
  };
}

const everything = {
  key: undefined,
  user: undefined,
  accessKey: undefined,
  since: undefined,
  limit: undefined,
};

/** The audit records of an operation, oldest first. */
export async function auditOf(server: TestServer, eventName: string): Promise<JsonObject[]> {
  const filter = { ...everything, eventName };
  const records = await Array.fromAsync(listAudit(server.config, filter, { ask: askNobody }));
  return JSON.parse(JSON.stringify(records)) as JsonObject[];
}

export { account, otherAccount };

/** The usual seed with one key of a known id in the first account. */
export function testSeedWithKey(id: string): object {
  const [own, other] = testSeed.accounts;
  return { accounts: [{ ...own, keys: [{ id, region }] }, other] };
}

/** Proves which of several calls a policy allows. */
export async function decides(
  cases: readonly (readonly [allowed: boolean, call: () => Promise<unknown>])[],
): Promise<void> {
  for (const [allowed, call] of cases)
    if (allowed) await call();
    else await refused(call(), "AccessDeniedException", /is not authorized to perform: kms:/);
}
