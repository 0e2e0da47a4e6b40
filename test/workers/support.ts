import * as assert from "node:assert/strict";
import { setTimeout as sleep } from "node:timers/promises";
import type { Answer, Client } from "../faults/client.ts";
import { openClient } from "../faults/client.ts";
import type { Folder, Launch, ServerProcess } from "../faults/process.ts";
import { startProcess } from "../faults/process.ts";
import { accessKeys } from "../support/keywright.ts";

/** Threads that answer HTTP, the main one among them. */
export const threads = 3;

/** Connections that are spread over all threads: that none of so many comes to one of them has a chance of one in a billion. */
export const many = 51;

/** A server process all of whose threads listen. */
export async function startThreads(
  folder: Folder,
  { arguments: more = [], ...launch }: Launch = {},
): Promise<{ readonly server: ServerProcess; readonly url: string }> {
  const flags = ["--workers", String(threads), "--log-level", "debug", ...more];
  const server = startProcess(folder, { ...launch, arguments: flags });
  const url = await server.ready;
  while (listening(server) < threads - 1) await sleep(20);
  return { server, url };
}

function listening(server: ServerProcess): number {
  return server.output().split("an HTTP worker listens").length - 1;
}

/** So many connections of their own, of a user of the seed or of other credentials. */
export function openMany(
  url: string,
  credentials: (typeof accessKeys)[keyof typeof accessKeys] | Credentials = accessKeys.admin,
): readonly Client[] {
  return Array.from({ length: many }, () => openClient({ url, ...credentials }));
}

interface Credentials {
  readonly accessKeyId: string;
  readonly secretAccessKey: string;
}

/** The outcomes of one call on each connection, as they differ. */
export async function outcomes(
  clients: readonly Client[],
  operation: string,
  input: object,
): Promise<readonly string[]> {
  const answers = await Promise.all(clients.map((client) => client.call(operation, input)));
  return [...new Set(answers.map(outcome))];
}

function outcome({ status, body }: Answer): string {
  return status === 200 ? "done" : String(body["__type"]).replace(/^.*#/, "");
}

/** The output of a call that has to succeed. */
export async function succeed(client: Client | undefined, operation: string, input: object) {
  assert.ok(client !== undefined);
  const { status, body } = await client.call(operation, input);
  assert.equal(status, 200, `${operation}: ${JSON.stringify(body)}`);
  return body;
}

/** The id of a new key. */
export async function newKey(client: Client | undefined, input: object = {}): Promise<string> {
  const { KeyMetadata } = await succeed(client, "CreateKey", input);
  return (KeyMetadata as { readonly KeyId: string }).KeyId;
}
