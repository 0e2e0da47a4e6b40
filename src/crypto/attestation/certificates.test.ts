import * as assert from "node:assert/strict";
import type { KeyObject } from "node:crypto";
import { test } from "node:test";
import type { CertificateTerms, Holder } from "../../../test/support/attestation.ts";
import { issue, issuePath, nitroTerms } from "../../../test/support/attestation.ts";
import { verifyPath } from "./certificates.ts";

const unrooted = "its certificates do not begin with a root that is trusted here";
const noPath = "its certificates do not form a path";
const notIssuer = "one of its certificates was issued by one that may not issue any";
const tooLong = "its certificates form a longer path than one of them allows";
const notSigner = "its certificate may not sign documents";
const expired = "one of its certificates has expired or is not yet valid";
const otherAlgorithm = "one of its certificates is not of ECDSA on P-384 with SHA-384";
const malformed = "one of its certificates is malformed";

/** An hour on, so that certificates issued here are valid by then. */
const now = new Date(Date.now() + 3_600_000);
const daysLater = (days: number): Date => new Date(now.getTime() + days * 24 * 3_600_000);
const path = issuePath(nitroTerms);
const [root, regional, zonal, instance, enclave] = path as readonly Holder[] as readonly [
  Holder,
  Holder,
  Holder,
  Holder,
  Holder,
];

/** Verifies a path whose first certificate is the root, unless others are given. */
function verify(given: readonly Holder[], at = now, roots = given.slice(0, 1)): Promise<KeyObject> {
  const certificates = given.map(({ certificate }) => certificate.raw);
  const trusted = roots.map(({ certificate }) => certificate);
  return verifyPath(certificates.slice(0, -1), certificates.at(-1) ?? Buffer.of(), trusted, at);
}

async function refused(fault: string, ...given: Parameters<typeof verify>): Promise<void> {
  await assert.rejects(() => verify(...given), { name: "AttestationFault", message: fault });
}

/** The path with one certificate's terms changed, and those below it issued anew. */
function changed(index: number, terms: Partial<CertificateTerms>): readonly Holder[] {
  const all = nitroTerms.map((each, at) => (at === index ? { ...each, ...terms } : each));
  return issuePath(all.slice(index), path.slice(0, index));
}

/** The path with one line of one certificate's extensions replaced. */
function extended(index: number, line: RegExp, instead: readonly string[]): readonly Holder[] {
  const before = nitroTerms[index]?.extensions ?? [];
  assert.ok(before.some((each) => line.test(each)));
  return changed(index, {
    extensions: before.flatMap((each) => (line.test(each) ? instead : [each])),
  });
}

const leafTerms = nitroTerms.at(-1) as CertificateTerms;

test("the path of a hypervisor gives its leaf's key", async () => {
  assert.ok(enclave.certificate.publicKey.equals(await verify(path)));
  const [stranger] = issuePath(nitroTerms.slice(0, 1)) as readonly [Holder];
  await verify(path, now, [stranger, root]);
});

test("an authority that is not bound in length, and a path of root and leaf, are accepted", async () => {
  await verify(extended(1, /basic/, ["basicConstraints=critical,CA:true"]));
  await verify([root, issue(leafTerms, root)]);
});

test("a root that is not trusted here, even of the same name, and no root at all, is refused", async () => {
  const [stranger] = issuePath(nitroTerms.slice(0, 1)) as readonly [Holder];
  await refused(unrooted, path, now, [stranger]);
  await refused(unrooted, path, now, []);
  await refused(unrooted, path.slice(1), now, [root]);
});

test("a leaf that signed itself is refused", async () => {
  const leaf = issue(leafTerms);
  await refused(noPath, [root, regional, zonal, instance, leaf]);
  await refused(noPath, [root, leaf]);
});

test("a certificate too few, too many, or in another order is refused", async () => {
  await refused(noPath, [root, regional, instance, enclave]);
  await refused(noPath, [root, root, regional, zonal, instance, enclave]);
  await refused(tooLong, [root, regional, regional, zonal, instance, enclave]);
  await refused(noPath, [root, zonal, regional, instance, enclave]);
  await refused(noPath, [root, regional, zonal, instance, issue(leafTerms, zonal)]);
});

test("an issuer's name over another key's signature is refused", async () => {
  const impostor = issue(nitroTerms[3] as CertificateTerms);
  assert.equal(impostor.certificate.subject, instance.certificate.subject);
  await refused(noPath, [root, regional, zonal, instance, issue(leafTerms, impostor)]);
});

test("an issuer's signature under another name is refused", async () => {
  const renamed = issue({ ...leafTerms, name: "other", privateKey: instance.privateKey });
  await refused(noPath, [root, regional, zonal, instance, issue(leafTerms, renamed)]);
});

test("an issuer that is no authority is refused", async () => {
  await refused(notIssuer, extended(3, /basic/, ["basicConstraints=critical,CA:false"]));
  await refused(notIssuer, extended(3, /basic/, []));
  await refused(notIssuer, extended(3, /keyUsage/, ["keyUsage=critical,digitalSignature"]));
  await refused(notIssuer, extended(3, /keyUsage/, []));
  await refused(notIssuer, extended(0, /keyUsage/, ["keyUsage=critical,cRLSign"]));
});

test("a longer path than an authority allows is refused", async () => {
  await refused(tooLong, extended(1, /basic/, ["basicConstraints=critical,CA:true,pathlen:1"]));
  await refused(tooLong, extended(0, /basic/, ["basicConstraints=critical,CA:true,pathlen:2"]));
});

test("a leaf that is an authority, or that may not sign, is refused", async () => {
  await refused(notSigner, extended(4, /basic/, ["basicConstraints=critical,CA:true"]));
  await refused(notSigner, extended(4, /keyUsage/, ["keyUsage=critical,keyAgreement"]));
  await refused(notSigner, extended(4, /keyUsage/, []));
});

test("a critical extension that nobody here understands is refused", async () => {
  for (const index of [0, 1, 4]) {
    const lines = nitroTerms[index]?.extensions ?? [];
    const extensions = [...lines, "1.2.3.4=critical,ASN1:UTF8String:odd"];
    await refused(
      "one of its certificates has an unknown critical extension",
      changed(index, { extensions }),
    );
  }
});

test("other keys or signatures than ECDSA on P-384 with SHA-384 are refused", async () => {
  for (const index of [0, 2, 4]) {
    await refused(otherAlgorithm, changed(index, { digest: "sha256" }));
    await refused(otherAlgorithm, changed(index, { curve: "P-256" }));
  }
});

test("leaf, authority or root that has expired or is not valid yet is refused", async () => {
  for (const index of [0, 2, 4]) {
    const terms = nitroTerms.map((each, at) => ({ ...each, days: at === index ? 1 : 30 }));
    await refused(expired, issuePath(terms), daysLater(2));
  }
  await refused(expired, path, daysLater(-1));
});

test("what is no certificate, or has something after it, is refused", async () => {
  const { raw } = enclave.certificate;
  for (const der of [
    Buffer.of(),
    Buffer.alloc(100, 0x30),
    raw.subarray(0, -1),
    Buffer.concat([raw, Buffer.of(0)]),
    Buffer.concat([raw, raw]),
  ])
    await assert.rejects(() => verifyPath([root.certificate.raw], der, [root.certificate], now), {
      message: malformed,
    });
});

test("a certificate without extensions is refused", async () => {
  const extensions = ["subjectKeyIdentifier=none", "authorityKeyIdentifier=none"];
  await refused(malformed, changed(4, { extensions }));
});
