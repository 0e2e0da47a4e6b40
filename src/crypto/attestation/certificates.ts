import type { KeyObject } from "node:crypto";
import { X509Certificate } from "node:crypto";
import { equalBytes } from "../hash.ts";
import type { Extensions } from "./extensions.ts";
import { readExtensions } from "./extensions.ts";
import { AttestationFault } from "./fault.ts";
import { isSignedBy, readSignature } from "./signature.ts";

/**
 * The path validation of RFC 5280 section 6 for the certificates of attestation documents: version 3, P-384 keys, signed with
 * ECDSA and SHA-384, the whole path given and in order. What it cannot judge (another critical extension) it refuses.
 */

const ecdsaWithSha384 = "1.2.840.10045.4.3.3";

interface Link {
  readonly certificate: X509Certificate;
  readonly extensions: Extensions;
}

/** Verifies the path from a trusted root down to a leaf and gives the leaf's key. Throws AttestationFault. */
export async function verifyPath(
  bundle: readonly Uint8Array[],
  leaf: Uint8Array,
  roots: readonly X509Certificate[],
  now: Date,
): Promise<KeyObject> {
  const issuers = bundle.map(readLink);
  const last = readLink(leaf);
  if (!roots.some((root) => equalBytes(root.raw, issuers[0]?.certificate.raw ?? Buffer.of())))
    throw new AttestationFault("its certificates do not begin with a root that is trusted here");
  for (const { certificate } of [...issuers, last]) requireValidity(certificate, now);
  for (const [index, issuer] of issuers.entries()) {
    requireIssuer(issuer, issuers.length - 1 - index);
    await requireIssued((issuers[index + 1] ?? last).certificate, issuer.certificate);
  }
  requireSigner(last);
  return last.certificate.publicKey;
}

function readLink(der: Uint8Array): Link {
  const certificate = parseCertificate(der);
  const extensions = readExtensions(der);
  if (certificate === undefined || extensions === undefined)
    throw new AttestationFault("one of its certificates is malformed");
  if (extensions.unknownCritical)
    throw new AttestationFault("one of its certificates has an unknown critical extension");
  if (
    certificate.signatureAlgorithmOid !== ecdsaWithSha384 ||
    certificate.publicKey.asymmetricKeyDetails?.namedCurve !== "secp384r1"
  )
    throw new AttestationFault("one of its certificates is not of ECDSA on P-384 with SHA-384");
  return { certificate, extensions };
}

function parseCertificate(der: Uint8Array): X509Certificate | undefined {
  try {
    const certificate = new X509Certificate(der);
    void certificate.publicKey;
    return certificate;
  } catch {
    return undefined; // OpenSSL's words about malformed DER help nobody.
  }
}

function requireValidity({ validFromDate, validToDate }: X509Certificate, now: Date): void {
  if (now < validFromDate || now > validToDate)
    throw new AttestationFault("one of its certificates has expired or is not yet valid");
}

/** That a certificate may sign certificates, with `below` others that may between it and the leaf. */
function requireIssuer({ extensions }: Link, below: number): void {
  if (!extensions.ca || !extensions.keyCertSign)
    throw new AttestationFault("one of its certificates was issued by one that may not issue any");
  if (extensions.pathLength !== undefined && extensions.pathLength < below)
    throw new AttestationFault("its certificates form a longer path than one of them allows");
}

function requireSigner({ extensions }: Link): void {
  if (extensions.ca || !extensions.digitalSignature)
    throw new AttestationFault("its certificate may not sign documents");
}

/** Names and key identifiers that fit, and a signature that holds. Below the root nobody issues for himself. */
async function requireIssued(certificate: X509Certificate, issuer: X509Certificate): Promise<void> {
  const fits = certificate.subject !== certificate.issuer && certificate.checkIssued(issuer);
  const part = readSignature(certificate.raw);
  if (!fits || part === undefined || !(await isSignedBy(issuer.publicKey, part)))
    throw new AttestationFault("its certificates do not form a path");
}
