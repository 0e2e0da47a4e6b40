import * as assert from "node:assert/strict";
import { test } from "node:test";
import { tags, writeDer, writeOid } from "../der.ts";
import { readExtensions } from "./extensions.ts";

const bytes = (hex: string): Buffer => Buffer.from(hex, "hex");
const sequence = (...parts: readonly Buffer[]): Buffer => writeDer(tags.sequence, ...parts);
const yes = bytes("0101ff");
const octets = (content: Buffer): Buffer => writeDer(tags.octetString, content);
const extension = (oid: string, ...rest: readonly Buffer[]): Buffer =>
  sequence(writeOid(oid), ...rest);

/** What matters here of a certificate: the extensions behind the other members of what is signed. */
const certificate = (...extensions: readonly Buffer[]): Buffer =>
  sequence(sequence(bytes("020101"), writeDer(0xa3, sequence(...extensions))), bytes("0500"));

const constraints = (content: string): Buffer =>
  extension("2.5.29.19", yes, octets(sequence(bytes(content))));
const usage = (content: string): Buffer => extension("2.5.29.15", yes, octets(bytes(content)));
const other = extension("2.5.29.14", octets(bytes("0400")));

test("constraints and usages are read; without them a certificate may do nothing", () => {
  assert.deepEqual(
    readExtensions(certificate(constraints("0101ff020103"), usage("03020284"), other)),
    {
      ca: true,
      pathLength: 3,
      keyCertSign: true,
      digitalSignature: true,
      unknownCritical: false,
    },
  );
  assert.deepEqual(readExtensions(certificate(other)), {
    ca: false,
    pathLength: undefined,
    keyCertSign: false,
    digitalSignature: false,
    unknownCritical: false,
  });
});

test("another critical extension is seen", () => {
  const critical = extension("2.5.29.30", yes, octets(bytes("3000")));
  assert.equal(readExtensions(certificate(other, critical))?.unknownCritical, true);
});

test("malformed extensions are refused", () => {
  const cases: readonly (readonly [string, Buffer])[] = [
    ["no certificate", bytes("0500")],
    ["no extensions", certificate()],
    ["no extensions member", sequence(sequence(bytes("020101")))],
    ["something after the certificate", Buffer.concat([certificate(other), bytes("0500")])],
    [
      "something after the list of extensions",
      sequence(sequence(writeDer(0xa3, sequence(other), bytes("0500")))),
    ],
    ["an extension twice", certificate(other, other)],
    ["no object identifier", certificate(sequence(octets(bytes(""))))],
    ["no value", certificate(extension("2.5.29.14"))],
    ["a value of another type", certificate(extension("2.5.29.14", bytes("0500")))],
    ["a critical flag that says no", certificate(extension("1.2.3", bytes("010100"), octets(yes)))],
    [
      "a critical flag that is no DER",
      certificate(extension("1.2.3", bytes("010101"), octets(yes))),
    ],
    ["more after the value", certificate(extension("1.2.3", octets(yes), octets(yes)))],
    ["constraints with a false flag", certificate(constraints("010100"))],
    ["constraints with a length alone", certificate(constraints("020101"))],
    ["constraints with more after the length", certificate(constraints("0101ff0201010500"))],
    ["a negative path length", certificate(constraints("0101ff020180"))],
    ["a path length of two bytes", certificate(constraints("0101ff02020001"))],
    ["a path length of another type", certificate(constraints("0101ff040101"))],
    ["constraints that are no sequence", certificate(extension("2.5.29.19", octets(yes)))],
    ["a usage that is no bit string", certificate(usage("04020284"))],
    ["a usage with more after it", certificate(usage("030202840500"))],
  ];
  for (const [why, der] of cases) assert.equal(readExtensions(der), undefined, why);
});
