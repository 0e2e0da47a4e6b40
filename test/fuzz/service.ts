import { rmSync } from "node:fs";
import { join } from "node:path";

import { existingFolder } from "../../src/composition/deployment.ts";
import { Gate } from "../../src/composition/gate.ts";
import { initialize } from "../../src/composition/init.ts";
import { askNobody } from "../../src/composition/root-sources.ts";
import { signRequest } from "../../src/crypto/sign-request.ts";
import { readHeaders } from "../../src/server/headers.ts";
import type { Flags } from "../support/keywright.ts";
import { accessKeys, testConfig } from "../support/keywright.ts";

/** What came of a request. */
export interface Answered {
  readonly status: number;
  /** The error's type; undefined for success. */
  readonly code: string | undefined;
  readonly members: Readonly<Record<string, unknown>>;
}

/** The whole service but for its sockets: signed requests go in at the front door. Quick enough for many thousands. */
export interface Service {
  send(operation: string, body: Uint8Array): Promise<Answered>;
  sendTo(target: string, body: Uint8Array): Promise<Answered>;
  /** Calls that must succeed. */
  call(operation: string, input: object): Promise<Answered["members"]>;
  /** What the service logged: faults of its own. */
  readonly faults: readonly string[];
  close(): Promise<void>;
}

const { accessKeyId, secretAccessKey } = accessKeys.admin;
const identity = {
  accessKeyId,
  secret: Buffer.from(secretAccessKey),
  region: "us-east-1",
  service: "kms",
};
const connection = { sourceIp: "127.0.0.1", userAgent: "fuzz", host: "kms", secure: false };

/** Opens a service on a new data folder. Its request quotas are out of the way. */
export async function openService(flags: Flags = []): Promise<Service> {
  const config = testConfig(undefined, [["--request-rate-factor", "1000000"], ...flags]);
  const clock = (): Date => new Date();
  const io = {
    environment: {},
    workingDirectory: config.data,
    clock,
    out: () => undefined,
    error: () => undefined,
    ask: askNobody,
  };
  await initialize(config, io);
  const faults: string[] = [];
  const gate = new Gate({
    config,
    folder: existingFolder(config),
    clock,
    log: (_level, message, more) => faults.push(`${message} ${String(more?.["error"])}`),
  });
  await gate.start(askNobody);

  const send = (operation: string, body: Uint8Array): Promise<Answered> =>
    sendTo(`TrentService.${operation}`, body);

  async function sendTo(target: string, body: Uint8Array): Promise<Answered> {
    const headers = {
      host: "kms",
      "content-type": "application/x-amz-json-1.1",
      "x-amz-target": target,
    };
    const signed = signRequest({ method: "POST", path: "/", headers, body }, identity, clock());
    const { status, body: text } = await gate.frontDoor({
      method: "POST",
      target: "/",
      headers: readHeaders(Object.entries(signed).flat()),
      body,
      connection,
      requestId: crypto.randomUUID(),
    });
    const members = text === "" ? {} : (JSON.parse(String(text)) as Answered["members"]);
    return { status, code: status === 200 ? undefined : String(members["__type"]), members };
  }

  return {
    send,
    sendTo,
    faults,
    async call(operation, input) {
      const { code, members } = await send(operation, Buffer.from(JSON.stringify(input)));
      if (code !== undefined) throw new Error(`${operation}: ${JSON.stringify(members)}`);
      return members;
    },
    async close() {
      await gate.close();
      rmSync(join(config.data, ".."), { recursive: true, force: true });
    },
  };
}
