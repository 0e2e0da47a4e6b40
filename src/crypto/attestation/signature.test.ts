import * as assert from "node:assert/strict";
import { sign, X509Certificate } from "node:crypto";
import { test } from "node:test";
import type { Holder } from "../../../test/support/attestation.ts";
import { issuePath, nitroTerms } from "../../../test/support/attestation.ts";
import { tags, writeDer } from "../der.ts";
import { isSignedBy, readSignature } from "./signature.ts";

const [root, issued] = issuePath(nitroTerms.slice(0, 2)) as readonly Holder[] as readonly [
  Holder,
  Holder,
];
const key = root.certificate.publicKey;

async function holds(der: Uint8Array): Promise<boolean> {
  const part = readSignature(der);
  return part !== undefined && (await isSignedBy(key, part));
}

/** What OpenSSL says of a certificate as a whole. */
function isVerified(der: Uint8Array): boolean {
  try {
    return new X509Certificate(der).verify(key);
  } catch {
    return false;
  }
}

test("a certificate's signature holds where OpenSSL verifies the certificate", async () => {
  assert.ok(isVerified(issued.certificate.raw));
  assert.ok(await holds(issued.certificate.raw));
});

test("with any one bit changed, no signature holds, as OpenSSL says", async () => {
  const { raw } = issued.certificate;
  for (let bit = 0; bit < raw.length * 8; bit++) {
    const changed = Buffer.from(raw);
    changed[bit >> 3] = (changed[bit >> 3] ?? 0) ^ (1 << (bit & 7));
    assert.equal(isVerified(changed), false, `bit ${bit}`);
    assert.equal(await holds(changed), false, `bit ${bit}`);
  }
});

test("a certificate that names another algorithm in what is signed is not verified, as OpenSSL says", async () => {
  const { raw } = issued.certificate;
  const { signed } = readSignature(raw) ?? { signed: Buffer.of() };
  const sha384 = Buffer.from("06082a8648ce3d040303", "hex");
  const sha256 = Buffer.from("06082a8648ce3d040302", "hex");
  const certificate = (content: Uint8Array): Buffer => {
    const signature = sign("sha384", content, root.privateKey);
    const algorithm = writeDer(tags.sequence, sha384);
    const bits = writeDer(tags.bitString, Buffer.of(0), signature);
    return writeDer(tags.sequence, content, algorithm, bits);
  };
  assert.ok((await holds(certificate(signed))) && isVerified(certificate(signed)));
  const other = Buffer.from(signed);
  sha256.copy(other, other.indexOf(sha384));
  assert.ok(!(await holds(certificate(other))) && !isVerified(certificate(other)));
});
