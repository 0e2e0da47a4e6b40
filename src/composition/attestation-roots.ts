import type { X509Certificate } from "node:crypto";
import { readCertificates } from "./certificates.ts";

/** Reads the root certificates of attestation documents; none without a file. Throws OperatorError. */
export function readAttestationRoots(path: string | undefined): readonly X509Certificate[] {
  return path === undefined ? [] : readCertificates(path).certificates;
}
