import { join } from "node:path";
import type { VerifierKey } from "../audit/note.ts";
import { cosignNote, formatVerifierKey } from "../audit/note.ts";
import { judgeCheckpoint } from "../audit/witness.ts";
import { second } from "../base/clock.ts";
import { OperatorError } from "../base/errors.ts";
import type { Io } from "../cli/commands.ts";
import type { Config } from "../config.ts";
import { sha256 } from "../crypto/hash.ts";
import { randomIds } from "../crypto/random.ts";
import { publicKeyOf } from "../crypto/signature.ts";
import { lockFolder } from "../database/lock.ts";
import { WitnessMemory } from "../database/witness-memory.ts";
import type { HttpAnswer } from "../server/answer.ts";
import { plainAnswer } from "../server/answer.ts";
import type { ListeningServer } from "../server/http.ts";
import { openServer } from "../server/http.ts";
import type { Log } from "../server/log.ts";
import { jsonLog } from "../server/log.ts";
import { nextSignal } from "./serving.ts";

/** A witness that listens. */
interface OpenWitness {
  readonly url: string;
  /** What its cosignatures are verified with. */
  readonly verifierKey: string;
  close(): Promise<void>;
}

/** Remembers the newest checkpoints of deployments until SIGINT or SIGTERM. Throws OperatorError. */
export async function serveWitness(config: Config, io: Io): Promise<void> {
  const log = jsonLog(config.logLevel, io.clock, (line) => process.stderr.write(line));
  const witness = await openWitness(config, io.clock, log);
  const stopped = nextSignal();
  for (const line of welcome(witness)) io.out(line);
  log("info", "stopping", { signal: await stopped });
  await witness.close();
}

/** Opens a witness on its folder, alone. Throws OperatorError. */
async function openWitness(
  config: Pick<
    Config,
    "listen" | "tls" | "behindTlsProxy" | "shutdownGrace" | "witnessState" | "auditKeys"
  >,
  clock: () => Date,
  log: Log,
): Promise<OpenWitness> {
  if (config.auditKeys.length === 0)
    throw new OperatorError(
      "--audit-key is needed: the key that `keywright verify-audit` prints, of each deployment to watch",
    );
  await using opening = new AsyncDisposableStack();
  const folder = config.witnessState;
  const memory = new WitnessMemory(folder);
  const lock = lockFolder(join(folder, "lock.db"), folder);
  opening.defer(() => lock.release());
  const signer = signerOf(memory);
  const answer = (body: Uint8Array): HttpAnswer =>
    answerCheckpoint(body, { memory, signer, trusted: config.auditKeys, clock, log });
  const server = await listen(config, clock, log, answer);
  opening.defer(() => server.close());
  const opened = opening.move();
  const verifierKey = formatVerifierKey(signer.name, signer.publicKey, "cosignature");
  return { url: server.url, verifierKey, close: () => opened.disposeAsync() };
}

interface Signer {
  readonly name: string;
  readonly privateKey: Uint8Array;
  readonly publicKey: Uint8Array;
}

/** A witness is named after its key: two are never taken for one another. */
function signerOf(memory: WitnessMemory): Signer {
  const privateKey = memory.key();
  const publicKey = publicKeyOf(privateKey);
  const name = `keywright-witness/${sha256(publicKey).toString("hex").slice(0, 16)}`;
  return { name, privateKey, publicKey };
}

interface Watch {
  readonly memory: WitnessMemory;
  readonly signer: Signer;
  readonly trusted: readonly VerifierKey[];
  readonly clock: () => Date;
  readonly log: Log;
}

/** INVARIANT: nothing here waits, so no other request comes between what is remembered, the judgement and the new memory. */
function answerCheckpoint(
  body: Uint8Array,
  { memory, signer, trusted, clock, log }: Watch,
): HttpAnswer {
  const text = Buffer.from(body).toString("utf8");
  const judgement = judgeCheckpoint(text, trusted, (origin) => memory.find(origin));
  if (judgement.status === 409)
    return { status: 409, contentType: "text/x.tlog.size", body: `${judgement.size}\n` };
  if (judgement.status !== 200) {
    log("warn", "a checkpoint was refused", { reason: judgement.reason });
    return plainAnswer(judgement.status, judgement.reason);
  }
  memory.remember(judgement.checkpoint);
  const time = Math.floor(clock().getTime() / second);
  const { name, privateKey, publicKey } = signer;
  const line = cosignNote(judgement.text, name, time, privateKey, publicKey);
  return { status: 200, contentType: "text/plain; charset=utf-8", body: line };
}

async function listen(
  { listen: { host, port }, tls, behindTlsProxy, shutdownGrace }: Parameters<typeof openWitness>[0],
  clock: () => Date,
  log: Log,
  answer: (body: Uint8Array) => HttpAnswer,
): Promise<ListeningServer> {
  return openServer({
    host,
    port,
    ...(tls === undefined ? {} : { tls: { certificate: tls.certFile, key: tls.keyFile } }),
    behindTlsProxy,
    async frontDoor({ method, target, body }) {
      if (target !== "/add-checkpoint") return plainAnswer(404, "there is nothing here");
      if (method !== "POST") return plainAnswer(405, "add-checkpoint takes POST");
      try {
        return answer(body);
      } catch (error) {
        log("error", "a checkpoint could not be remembered", {
          error: error instanceof Error ? error : new Error(String(error)),
        });
        return plainAnswer(500, "the checkpoint could not be remembered");
      }
    },
    clock,
    ready: () => undefined,
    log,
    newRequestId: () => randomIds.uuid(),
    shutdownDelay: 0,
    shutdownGrace: shutdownGrace * second,
  });
}

function welcome({ url, verifierKey }: OpenWitness): readonly string[] {
  return [
    `The witness listens on ${url}`,
    "",
    "Serve with:",
    "",
    `    --witness ${url} --witness-key ${verifierKey}`,
    "",
    "Ctrl-C stops it; started again, it remembers what it saw.",
  ];
}
