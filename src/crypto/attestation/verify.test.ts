import * as assert from "node:assert/strict";
import { generateKeyPairSync } from "node:crypto";
import { test } from "node:test";
import { encode } from "cborg";
import fc from "fast-check";
import type { Holder, PayloadMembers } from "../../../test/support/attestation.ts";
import {
  attestationDocument,
  issue,
  issuePath,
  nitroTerms,
  payloadOf,
  pcr,
  signedMessage,
} from "../../../test/support/attestation.ts";
import type { Attestation } from "./document.ts";
import { verifyAttestation } from "./verify.ts";

/** An hour on, so that certificates issued here are valid a little before, too. */
const now = new Date(Date.now() + 3_600_000);
const minute = 60_000;
const later = (milliseconds: number): Date => new Date(now.getTime() + milliseconds);

const path = issuePath(nitroTerms);
const [root, , , instance, enclave] = path as readonly Holder[] as readonly [
  Holder,
  Holder,
  Holder,
  Holder,
  Holder,
];
const roots = [root.certificate];

async function accepted(document: Uint8Array, at = now): Promise<Attestation> {
  const { attestation, fault } = await verifyAttestation(document, roots, at);
  assert.ok(attestation !== undefined, `refused: ${fault}`);
  return attestation;
}

async function refused(fault: string, document: Uint8Array, at = now): Promise<void> {
  assert.deepEqual(await verifyAttestation(document, roots, at), { fault });
}

const documentWith = (changes: PayloadMembers): Buffer => attestationDocument(path, now, changes);

test("a document gives its registers in lower-case hex, its module and its time", async () => {
  const { pcrs, ...others } = await accepted(documentWith({}));
  assert.deepEqual(others, {
    kind: "nitro-enclave",
    moduleId: "i-0123456789abcdef0-enc0123456789abcdef",
    timestamp: now,
    publicKey: undefined,
  });
  assert.equal(pcrs.size, 16);
  for (const [index, value] of pcrs) assert.equal(value, pcr(`PCR${index}`).toString("hex"));
});

test("a document of a NitroTPM is told from one of an enclave", async () => {
  const registers = new Map([[7, pcr("secure boot")]]);
  const { kind } = await accepted(documentWith({ pcrs: undefined, nitrotpm_pcrs: registers }));
  assert.equal(kind, "nitro-tpm");
});

test("a document gives its RSA key", async () => {
  const { publicKey } = generateKeyPairSync("rsa", { modulusLength: 2048 });
  const spki = publicKey.export({ type: "spki", format: "der" });
  assert.deepEqual((await accepted(documentWith({ public_key: spki }))).publicKey, spki);
});

test("a public key that is no RSA key of 2,048 bits is refused, never passed over", async () => {
  const fault = "its public_key is no RSA key of 2,048 bits or more";
  await refused(fault, documentWith({ public_key: Buffer.from("dummy") }));
  const { publicKey } = generateKeyPairSync("ec", { namedCurve: "P-256" });
  await refused(
    fault,
    documentWith({ public_key: publicKey.export({ type: "spki", format: "der" }) }),
  );
});

test("a payload of indefinite length, as newer hypervisors write it, is accepted", async () => {
  const entries = [...payloadOf(path, now)].flatMap((entry) => entry.map((each) => encode(each)));
  const payload = Buffer.concat([Buffer.of(0xbf), ...entries, Buffer.of(0xff)]);
  await accepted(signedMessage(payload, enclave.privateKey));
});

test("a document is accepted from a minute before its time until five minutes after", async () => {
  const document = documentWith({});
  await accepted(document, later(5 * minute));
  await accepted(document, later(-minute));
  await refused("it is more than five minutes old", document, later(5 * minute + 1));
  await refused("its timestamp is in the future", document, later(-minute - 1));
});

test("a document under another root is refused", async () => {
  const stranger = issue(nitroTerms[0] as (typeof nitroTerms)[number]);
  const { fault } = await verifyAttestation(documentWith({}), [stranger.certificate], now);
  assert.equal(fault, "its certificates do not begin with a root that is trusted here");
});

test("a document that another key of its path signed is refused", async () => {
  const payload = encode(payloadOf(path, now));
  await refused("its signature is wrong", signedMessage(payload, instance.privateKey));
});

test("a document with a register changed after signing, or with another's signature, is refused", async () => {
  const document = documentWith({});
  const tampered = Buffer.from(document);
  const at = document.indexOf(pcr("PCR0"));
  tampered[at] = (tampered[at] ?? 0) ^ 1;
  await refused("its signature is wrong", tampered);
  const other = documentWith({ nonce: Buffer.of(1) });
  await refused(
    "its signature is wrong",
    Buffer.concat([document.subarray(0, -96), other.subarray(-96)]),
  );
});

test("the event loop turns while signatures are verified", async () => {
  let turns = 0;
  const turn = (): void => {
    turns++;
    immediate = setImmediate(turn);
  };
  let immediate = setImmediate(turn);
  await accepted(documentWith({}));
  clearImmediate(immediate);
  assert.ok(turns >= path.length - 1, `${turns}`);
});

test("20,000 mutated documents are refused with a clause about the document, and nothing is thrown", async () => {
  const short = [root, issue(nitroTerms[4] as (typeof nitroTerms)[number], root)];
  const document = attestationDocument(short, now);
  await accepted(document);
  const at = fc.nat({ max: document.length - 1 });
  const bytes = fc.uint8Array({ minLength: 1, maxLength: 8 });
  const mutated = fc.oneof(
    fc.tuple(at, fc.integer({ min: 1, max: 255 })).map(([index, mask]) => {
      const copy = Buffer.from(document);
      copy[index] = (copy[index] ?? 0) ^ mask;
      return copy;
    }),
    fc
      .tuple(at, bytes)
      .map(([index, more]) =>
        Buffer.concat([document.subarray(0, index), more, document.subarray(index)]),
      ),
    fc
      .tuple(at, fc.nat({ max: 64 }))
      .map(([index, length]) =>
        Buffer.concat([document.subarray(0, index), document.subarray(index + length + 1)]),
      ),
    fc.uint8Array({ maxLength: 200 }).map((noise) => Buffer.from(noise)),
  );
  const faults = new Set<string>();
  await fc.assert(
    fc.asyncProperty(mutated, async (bytesGiven) => {
      const { fault } = await verifyAttestation(bytesGiven, roots, now);
      const tagged = bytesGiven[0] === 0xd2 && document.equals(bytesGiven.subarray(1));
      assert.ok(tagged || /^(it|its|one of its) [\w ,-]+$/.test(fault ?? ""), `${fault}`);
      faults.add(fault ?? "");
    }),
    { numRuns: 20_000 },
  );
  assert.ok(faults.size > 10, [...faults].join());
});
