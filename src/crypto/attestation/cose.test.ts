import * as assert from "node:assert/strict";
import { generateKeyPairSync } from "node:crypto";
import { test } from "node:test";
import { encode } from "cborg";
import { signedMessage } from "../../../test/support/attestation.ts";
import { readSignedMessage, verifySignedMessage } from "./cose.ts";

const { privateKey, publicKey } = generateKeyPairSync("ec", { namedCurve: "P-384" });
const payload = Buffer.from("payload");
const message = signedMessage(payload, privateKey);
const header = encode(new Map([[1, -35]]));
const none = new Map();
const signature = Buffer.alloc(96);

function refused(fault: string, bytes: Uint8Array): void {
  assert.throws(() => readSignedMessage(bytes), { name: "AttestationFault", message: fault });
}

test("a message is read with tag 18 and without it, and its signature holds", async () => {
  for (const tag of [[], [0xd2]]) {
    const read = readSignedMessage(Buffer.concat([Buffer.from(tag), message]));
    assert.deepEqual(Buffer.from(read.payload), payload);
    await verifySignedMessage(read, publicKey);
  }
});

test("another tag, the tag twice, or half a message is refused", () => {
  const malformed = "it is not well-formed CBOR";
  refused(malformed, Buffer.concat([Buffer.of(0xd1), message]));
  refused(malformed, Buffer.concat([Buffer.of(0xd2, 0xd2), message]));
  refused(malformed, Buffer.concat([message, message]));
  refused(malformed, message.subarray(0, -1));
});

test("something else than the four parts is refused", () => {
  refused("it is no COSE_Sign1", encode(none));
  refused("it is no COSE_Sign1", encode([header, none, payload]));
  refused("it is no COSE_Sign1", encode([header, none, payload, signature, null]));
});

test("another algorithm than ES384, and any other header, is refused", () => {
  const es384: readonly [number, number] = [1, -35];
  const headers: readonly (readonly (readonly [number, number])[])[] = [
    [[1, -7]],
    [[1, -36]],
    [],
    [es384, [4, 1]],
  ];
  for (const entries of headers) {
    const changed = signedMessage(payload, privateKey, { protectedHeader: new Map(entries) });
    refused("its algorithm is not ES384", changed);
  }
  refused("its algorithm is not ES384", encode([new Map([es384]), none, payload, signature]));
  refused("it has unprotected headers", encode([header, new Map([es384]), payload, signature]));
  refused("it has unprotected headers", encode([header, [], payload, signature]));
});

test("a payload or a signature of another type or length is refused", () => {
  const fault = "its payload is not a byte string of at most 16,384 bytes";
  for (const wrong of ["text", null, Buffer.alloc(16_385)])
    refused(fault, encode([header, none, wrong, signature]));
  for (const wrong of ["text", null, Buffer.alloc(95), Buffer.alloc(97)])
    refused("its signature does not have 96 bytes", encode([header, none, payload, wrong]));
});

test("a signature of another payload, or by another key, is refused", async () => {
  const wrong = { name: "AttestationFault", message: "its signature is wrong" };
  const read = readSignedMessage(message);
  const other = generateKeyPairSync("ec", { namedCurve: "P-384" }).publicKey;
  await assert.rejects(() => verifySignedMessage(read, other), wrong);
  await assert.rejects(
    () => verifySignedMessage({ ...read, payload: Buffer.from("Payload") }, publicKey),
    wrong,
  );
  await assert.rejects(() => verifySignedMessage({ ...read, signature }, publicKey), wrong);
});
