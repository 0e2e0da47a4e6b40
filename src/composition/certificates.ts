import { X509Certificate } from "node:crypto";
import { OperatorError } from "../base/errors.ts";
import { readOperatorFile } from "../config-file.ts";

const certificate = /-----BEGIN CERTIFICATE-----[^-]+-----END CERTIFICATE-----/g;

/** Reads a file of certificates in PEM, of which there must be one at least. Throws OperatorError. */
export function readCertificates(path: string): {
  readonly pem: string;
  readonly certificates: readonly X509Certificate[];
} {
  const pem = readOperatorFile(path);
  const found = pem.match(certificate) ?? [];
  if (found.length === 0) throw new OperatorError(`${path}: there is no PEM certificate in it`);
  const certificates = found.map((each, index) => {
    try {
      return new X509Certificate(each);
    } catch (cause) {
      throw new OperatorError(`${path}: certificate ${index + 1} is malformed`, { cause });
    }
  });
  return { pem, certificates };
}
