import * as assert from "node:assert/strict";
import { test } from "node:test";
import { encode } from "cborg";
import type { PayloadMembers } from "../../../test/support/attestation.ts";
import { pcr } from "../../../test/support/attestation.ts";
import { readPayload } from "./document.ts";

const bytes = (length: number): Buffer => Buffer.alloc(length, 1);
const time = new Date("2026-02-03T04:05:06.789Z");

const members: PayloadMembers = {
  module_id: "i-0-enc0",
  digest: "SHA384",
  timestamp: time.getTime(),
  pcrs: new Map([[0, pcr("image")]]),
  certificate: bytes(3),
  cabundle: [bytes(1), bytes(2)],
};

/** The payload with changes; undefined leaves a member out. */
function payloadWith(changes: PayloadMembers): Uint8Array {
  const given = Object.entries({ ...members, ...changes });
  return encode(new Map(given.filter(([, value]) => value !== undefined)));
}

function refused(fault: string, changes: PayloadMembers): void {
  const payload = payloadWith(changes);
  assert.throws(() => readPayload(payload), { name: "AttestationFault", message: fault });
}

const wrong = (member: string): string => `its ${member} is missing or malformed`;

test("the payload of an enclave is read", () => {
  assert.deepEqual(readPayload(payloadWith({ public_key: bytes(9) })), {
    kind: "nitro-enclave",
    moduleId: "i-0-enc0",
    timestamp: time,
    pcrs: new Map([[0, pcr("image").toString("hex")]]),
    certificate: bytes(3),
    bundle: [bytes(1), bytes(2)],
    publicKey: bytes(9),
  });
});

test("registers of a TPM are told from those of an enclave; values have 32, 48 or 64 bytes", () => {
  const registers = new Map([
    [4, bytes(48)],
    [7, bytes(32)],
    [31, bytes(64)],
  ]);
  const { kind, pcrs } = readPayload(payloadWith({ pcrs: undefined, nitrotpm_pcrs: registers }));
  assert.equal(kind, "nitro-tpm");
  assert.deepEqual([...pcrs.entries()].at(1), [7, "01".repeat(32)]);
  assert.equal(pcrs.size, 3);
});

test("optional members may be left out, null, or as long as AWS's specification allows", () => {
  for (const value of [undefined, null, bytes(1024)])
    readPayload(payloadWith({ public_key: value, user_data: value, nonce: value }));
  readPayload(payloadWith({ user_data: bytes(0), nonce: bytes(0) }));
});

test("without one of the required members, or with one of another type, it is refused", () => {
  for (const member of ["module_id", "timestamp", "pcrs", "certificate", "cabundle"])
    for (const value of [undefined, null, -1]) refused(wrong(member), { [member]: value });
  assert.throws(() => readPayload(encode([1])), { message: "its payload is no map" });
});

test("with an unknown member it is refused", () => {
  refused("its payload has an unknown member", { debug: 1 });
  const odd = new Map<unknown, unknown>([...Object.entries(members), [0, 1]]);
  assert.throws(() => readPayload(encode(odd)), { message: "its payload has an unknown member" });
});

test("with another digest than SHA384 it is refused", () => {
  for (const digest of ["SHA256", "sha384", undefined])
    refused("its digest is not SHA384", { digest });
});

test("with an empty or endless module id, or no time, it is refused", () => {
  for (const module_id of ["", "i".repeat(257), bytes(4)])
    refused(wrong("module_id"), { module_id });
  for (const timestamp of [0, -5, Number.MAX_SAFE_INTEGER])
    refused(wrong("timestamp"), { timestamp });
});

test("with registers outside 0 to 31, or values of other types and lengths, it is refused", () => {
  refused(wrong("pcrs"), { pcrs: new Map() });
  for (const index of [32, -1, "0"])
    refused(wrong("pcrs"), { pcrs: new Map([[index, bytes(48)]]) });
  for (const value of [bytes(20), bytes(47), "00".repeat(24)])
    refused(wrong("pcrs"), { pcrs: new Map([[0, value]]) });
});

test("with registers of an enclave and of a TPM it is refused", () => {
  refused(wrong("pcrs"), { nitrotpm_pcrs: null });
  refused("it is not well-formed CBOR", { nitrotpm_pcrs: members["pcrs"] });
});

test("with certificates or data outside their bounds it is refused", () => {
  for (const value of [bytes(0), bytes(1025), "text"]) {
    refused(wrong("certificate"), { certificate: value });
    refused(wrong("cabundle"), { cabundle: [bytes(9), value] });
    refused(wrong("public_key"), { public_key: value });
  }
  refused(wrong("cabundle"), { cabundle: [] });
  refused(wrong("cabundle"), { cabundle: Array.from({ length: 9 }, () => bytes(9)) });
  for (const member of ["user_data", "nonce"])
    for (const value of [bytes(1025), "text"]) refused(wrong(member), { [member]: value });
});
