import * as assert from "node:assert/strict";
import { test } from "node:test";
import { generateSigningKey } from "../crypto/signature.ts";
import { formatLogCheckpoint, logOrigin } from "./log-checkpoint.ts";
import { signNote } from "./note.ts";
import { formatProof, openProof } from "./proof.ts";
import { inclusionProof, leafHash, nodeHash, rootOf } from "./tree.ts";

const deployment = "5a1f6b0e-3c7d-4e8a-9b21-0c1d2e3f4a5b";
const key = generateSigningKey();
const trust = { deployment, publicKey: key.publicKey };
const size = 11;
const record = (index: number): Buffer => Buffer.from(`{"eventID":"${index}"}`);

function node(level: number, index: number): Uint8Array {
  if (level === 0) return leafHash(record(index));
  return nodeHash(node(level - 1, 2 * index), node(level - 1, 2 * index + 1));
}

function proof(index: number, origin = logOrigin(deployment, 3), signer = key): string {
  const text = formatLogCheckpoint({ origin, size, root: rootOf(size, node) });
  return formatProof({
    record: record(index),
    index,
    hashes: inclusionProof(index, size, node),
    checkpoint: signNote(`${text}journal 1 x\n`, origin, signer.privateKey, signer.publicKey),
  });
}

test("a proof gives back the record that it proves", () => {
  for (let index = 0; index < size; index++)
    assert.deepEqual(openProof(proof(index), trust), record(index));
});

test("a proof that was changed anywhere proves nothing", () => {
  const text = proof(6);
  for (let at = 0; at < text.length; at++) {
    const other = text[at] === "A" ? "B" : "A";
    const opened = openProof(text.slice(0, at) + other + text.slice(at + 1), trust);
    assert.equal(opened, undefined, `character ${at}`);
  }
});

test("a proof under another key, or of another deployment's log, proves nothing", () => {
  assert.equal(openProof(proof(1, undefined, generateSigningKey()), trust), undefined);
  assert.equal(openProof(proof(1, "keywright/other/3"), trust), undefined);
  assert.equal(openProof(proof(1, "example.com/log"), trust), undefined);
});
