import { chmodSync, rmSync } from "node:fs";
import type { Socket } from "node:net";
import { connect, createServer } from "node:net";
import { minute, second } from "../base/clock.ts";
import { OperatorError } from "../base/errors.ts";
import { isJsonObject, readJson } from "../base/json.ts";
import { secretBytes } from "../base/secret-bytes.ts";
import type { Log } from "../server/log.ts";
import type { Gate, GateState } from "./gate.ts";

/**
 * How `seal` and `unseal` reach the running server: a Unix socket in the data folder, which only its owner can enter. A
 * request is the line of a command and then the bytes of a secret, up to the end; the answer is one JSON object.
 */
const commands = ["state", "unseal", "share", "passphrase", "seal"] as const;
export type ControlCommand = (typeof commands)[number];

const longestRequest = 4_096;
const longestPath = 100;

/** Opens the socket. Throws OperatorError. */
export async function openControl(
  path: string,
  gate: Gate,
  log: Log,
): Promise<{ close(): Promise<void> }> {
  requireShort(path);
  // Whoever holds the lock of the folder is alone: a socket that is there was left by a crash.
  rmSync(path, { force: true });
  const server = createServer({ allowHalfOpen: true }, (socket) => {
    socket.setTimeout(10 * second, () => socket.destroy());
    socket.on("error", () => socket.destroy());
    answer(socket, gate).catch((error: unknown) => {
      log("error", "a control request failed", {
        error: error instanceof Error ? error : new Error(String(error)),
      });
      socket.destroy();
    });
  });
  server.maxConnections = 16;
  const { promise, resolve, reject } = Promise.withResolvers<void>();
  server.once("error", reject);
  server.listen(path, resolve);
  await promise;
  chmodSync(path, 0o600);
  return {
    async close() {
      const closed = Promise.withResolvers<void>();
      server.close(() => closed.resolve());
      await closed.promise;
    },
  };
}

function requireShort(path: string): void {
  if (Buffer.byteLength(path) > longestPath)
    throw new OperatorError(
      `the path ${path} is too long for a socket (${longestPath} bytes): choose a data folder with a shorter one`,
    );
}

async function answer(socket: Socket, gate: Gate): Promise<void> {
  const request = await receive(socket);
  socket.setTimeout(0);
  try {
    socket.end(JSON.stringify(await perform(request, gate)));
  } catch (error) {
    if (!(error instanceof OperatorError)) throw error;
    socket.end(JSON.stringify({ error: error.message }));
  } finally {
    request.fill(0);
  }
}

/** All bytes of a request, in memory that can be wiped. */
async function receive(socket: Socket): Promise<Buffer> {
  const request = secretBytes(longestRequest);
  let length = 0;
  for await (const chunk of socket.iterator({ destroyOnReturn: false })) {
    const bytes = chunk as Buffer;
    if (length + bytes.length > longestRequest) throw new OperatorError("a request is too long");
    bytes.copy(request, length);
    length += bytes.length;
    bytes.fill(0);
  }
  return request.subarray(0, length);
}

async function perform(request: Buffer, gate: Gate): Promise<GateState> {
  const end = request.indexOf("\n");
  const name = request.subarray(0, Math.max(0, end)).toString("latin1");
  const command = commands.find((each) => each === name);
  const secret = request.subarray(end + 1);
  if (command === "share") return gate.giveShare(secret);
  if (command === "passphrase") return gate.givePassphrase(secret);
  if (command === undefined)
    throw new OperatorError("the server does not know this command: use the same version");
  return gate[command]();
}

/** Sends a command to the server on a data folder. Throws OperatorError with what the server says. */
export async function control(
  path: string,
  command: ControlCommand,
  secret: Uint8Array = Buffer.alloc(0),
): Promise<GateState> {
  requireShort(path);
  const socket = connect(path);
  socket.setTimeout(2 * minute, () => socket.destroy(new Error("the server does not answer")));
  try {
    const request = secretBytes(command.length + 1 + secret.length);
    request.write(`${command}\n`, "latin1");
    request.set(secret, command.length + 1);
    socket.end(request, () => request.fill(0));
    const chunks: Buffer[] = [];
    for await (const chunk of socket) chunks.push(chunk as Buffer);
    return readAnswer(Buffer.concat(chunks).toString("utf8"));
  } catch (cause) {
    if (cause instanceof OperatorError) throw cause;
    throw new OperatorError(
      `no server answers on ${path}: is it running, on this machine, with this data folder?`,
      { cause },
    );
  }
}

function readAnswer(text: string): GateState {
  const answered = readJson(text);
  if (isJsonObject(answered) && typeof answered["error"] === "string")
    throw new OperatorError(answered["error"]);
  if (!isJsonObject(answered) || typeof answered["sealed"] !== "boolean")
    throw new Error("the server's answer is not understood");
  // Written by the same version of this file.
  return answered as unknown as GateState;
}
