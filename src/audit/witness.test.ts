import * as assert from "node:assert/strict";
import { test } from "node:test";
import type { WrittenLog } from "../../test/support/merkle-log.ts";
import {
  auditKey,
  checkpointOf,
  deployment,
  records,
  writeLog,
} from "../../test/support/merkle-log.ts";
import { generateSigningKey } from "../crypto/signature.ts";
import type { LogCheckpoint } from "./log-checkpoint.ts";
import { logOrigin } from "./log-checkpoint.ts";
import { verifierKey } from "./note.ts";
import { nodesOf } from "./tile-nodes.ts";
import { consistencyProof } from "./tree.ts";
import {
  deploymentKeyName,
  formatCheckpointRequest,
  judgeCheckpoint,
  parseCheckpointRequest,
  parseLogOrigin,
} from "./witness.ts";

const all = records(300);
const at = (size: number): WrittenLog => writeLog({ records: all.slice(0, size - 1) });
const [before, now] = [at(100), at(300)];
const origin = logOrigin(deployment, 1);
const trusted = [verifierKey(deploymentKeyName(deployment), auditKey.publicKey)];
const remembered = (log: WrittenLog): LogCheckpoint => ({
  origin,
  size: log.entries.length,
  root: log.root,
});
const noteOf = ({ files }: WrittenLog): string => (files.get("checkpoint") ?? "").toString();
const proofFrom = (size: number, { files, entries }: WrittenLog = now) =>
  consistencyProof(
    size,
    entries.length,
    nodesOf(entries.length, (name) => files.get(name)),
  );

interface Asked {
  readonly oldSize?: number;
  readonly proof?: readonly Uint8Array[];
  readonly note?: string;
}
const ask = (asked: Asked, memory?: LogCheckpoint, keys = trusted) => {
  const request = { oldSize: 100, proof: proofFrom(100), note: noteOf(now), ...asked };
  return judgeCheckpoint(formatCheckpointRequest(request), keys, (name) =>
    name === memory?.origin ? memory : undefined,
  );
};
const status = (asked: Asked, memory?: LogCheckpoint): number => ask(asked, memory).status;

test("a checkpoint that continues the one that is remembered is cosigned and takes its place", () => {
  assert.deepEqual(ask({}, remembered(before)), {
    status: 200,
    checkpoint: remembered(now),
    text: noteOf(now).slice(0, noteOf(now).indexOf("\n\n") + 1),
  });
});

test("a log that was never seen is taken as it is, and its proof must be empty", () => {
  assert.equal(status({ oldSize: 0, proof: [] }), 200);
  assert.equal(status({ oldSize: 0 }), 422);
});

test("whoever does not know what was seen last is told its size, and nothing is cosigned", () => {
  assert.deepEqual(ask({ oldSize: 0, proof: [] }, remembered(before)), { status: 409, size: 100 });
  assert.deepEqual(ask({ oldSize: 99 }, remembered(before)), { status: 409, size: 100 });
  assert.deepEqual(ask({ oldSize: 100 }), { status: 409, size: 0 });
});

test("a log that was put back to an earlier state is refused", () => {
  const older = { oldSize: 100, proof: [], note: noteOf(before) };
  assert.deepEqual(ask(older, remembered(now)), { status: 409, size: 300 });
  assert.equal(status({ ...older, oldSize: 300 }, remembered(now)), 400);
});

test("the same checkpoint is cosigned again, and another one of the same size is refused", () => {
  const same = { oldSize: 300, proof: [] };
  assert.equal(status(same, remembered(now)), 200);
  const other = { ...remembered(now), root: before.root };
  assert.deepEqual(ask(same, other), { status: 409, size: 300 });
  assert.equal(status({ oldSize: 300, proof: [before.root] }, remembered(now)), 422);
});

test("a log that does not continue what was seen is refused", () => {
  const rewritten = { ...remembered(before), root: at(101).root };
  assert.equal(status({}, rewritten), 422);
  assert.equal(status({ proof: [] }, remembered(before)), 422);
  assert.equal(status({ proof: proofFrom(100).toReversed() }, remembered(before)), 422);
});

test("only logs of known deployments are known, by the key of each", () => {
  const foreign = "00000000-0000-4000-8000-000000000000";
  const note = (name: string, key = auditKey): string =>
    checkpointOf(name, 300, now.root, key).toString();
  const first = { oldSize: 0, proof: [] };
  assert.equal(status({ ...first, note: note(logOrigin(deployment, 77)) }), 200);
  for (const name of [
    logOrigin(foreign, 1),
    `keywright/${deployment}`,
    `${origin}/2`,
    `${origin}x`,
  ])
    assert.equal(status({ ...first, note: note(name) }), 404, name);
  assert.equal(status({ ...first, note: note(origin, generateSigningKey()) }), 403);
  assert.equal(ask(first, undefined, []).status, 404);
  const other = generateSigningKey();
  const both = [...trusted, verifierKey(deploymentKeyName(foreign), other.publicKey)];
  assert.equal(
    ask({ ...first, note: note(origin, other) }, undefined, both).status,
    403,
    "the key of one deployment does not sign for another",
  );
});

test("what is no request is refused", () => {
  const body = formatCheckpointRequest({ oldSize: 100, proof: proofFrom(100), note: noteOf(now) });
  const judge = (text: string): number =>
    judgeCheckpoint(text, trusted, () => remembered(before)).status;
  assert.equal(judge(body), 200);
  const [hash = ""] = body.split("\n").slice(1);
  const malformed = [
    "",
    "\n\n",
    body.replace("old 100", "old 0100"),
    body.replace("old 100", "old -100"),
    body.replace("old 100", "new 100"),
    body.replace("old 100\n", ""),
    body.replace(hash, hash.slice(0, -2)),
    body.replace(hash, `${hash}AAAA`),
    body.replace(hash, `${hash}\n`.repeat(64)),
    body.replace("old 100\n", "old 100\r\n"),
  ];
  for (const each of malformed) assert.equal(judge(each), 400, JSON.stringify(each.slice(0, 80)));
});

test("a request is read back as it was written", () => {
  const request = { oldSize: 100, proof: proofFrom(100), note: noteOf(now) };
  const read = parseCheckpointRequest(formatCheckpointRequest(request));
  assert.deepEqual(read, { ...request, proof: request.proof.map((hash) => Buffer.from(hash)) });
});

test("an origin names a deployment and a boot, in one spelling", () => {
  assert.deepEqual(parseLogOrigin(origin), { deployment, boot: 1 });
  for (const each of [`${origin}0`, `keywright/${deployment}/12`])
    assert.ok(parseLogOrigin(each) !== undefined);
  for (const each of [
    "",
    deployment,
    `keywright/${deployment}/0`,
    `keywright/${deployment}/01`,
    `keywright/../${deployment}/1`,
  ])
    assert.equal(parseLogOrigin(each), undefined, each);
});
