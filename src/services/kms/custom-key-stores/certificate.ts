import { X509Certificate } from "node:crypto";

/** Reads one PEM certificate; undefined when the text is none. */
export function parseCertificate(pem: string): X509Certificate | undefined {
  try {
    return new X509Certificate(pem);
  } catch {
    // node:crypto tells by throwing that the text is no certificate.
    return undefined;
  }
}
