import { X509Certificate } from "node:crypto";
import { OperatorError } from "../base/errors.ts";
import { readOperatorFile } from "../config-file.ts";

const certificate = /-----BEGIN CERTIFICATE-----[^-]+-----END CERTIFICATE-----/g;

/** Reads the root certificates of attestation documents; none without a file. Throws OperatorError. */
export function readAttestationRoots(path: string | undefined): readonly X509Certificate[] {
  if (path === undefined) return [];
  const found = readOperatorFile(path).match(certificate) ?? [];
  if (found.length === 0) throw new OperatorError(`${path}: there is no PEM certificate in it`);
  return found.map((pem, index) => {
    try {
      return new X509Certificate(pem);
    } catch (cause) {
      throw new OperatorError(`${path}: certificate ${index + 1} is malformed`, { cause });
    }
  });
}
