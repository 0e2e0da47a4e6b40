import type { X509Certificate } from "node:crypto";
import { verifyPath } from "./certificates.ts";
import { isRecipientKey } from "./cms.ts";
import { readSignedMessage, verifySignedMessage } from "./cose.ts";
import type { Attestation } from "./document.ts";
import { readPayload } from "./document.ts";
import { AttestationFault } from "./fault.ts";

/** An attestation, or the clause that says what is wrong with its document. */
export type AttestationResult =
  | { readonly attestation: Attestation; readonly fault?: never }
  | { readonly attestation?: never; readonly fault: string };

const minute = 60_000;
const maximumAge = 5 * minute;
/** How far the hypervisor's clock may be ahead of ours. */
const maximumSkew = minute;

/** Verifies an attestation document: its form, age, certificates up to one of the roots, and signature, in this order. Signatures are verified in the thread pool. */
export async function verifyAttestation(
  document: Uint8Array,
  roots: readonly X509Certificate[],
  now: Date,
): Promise<AttestationResult> {
  try {
    return { attestation: await verify(document, roots, now) };
  } catch (error) {
    if (error instanceof AttestationFault) return { fault: error.message };
    throw error;
  }
}

async function verify(
  document: Uint8Array,
  roots: readonly X509Certificate[],
  now: Date,
): Promise<Attestation> {
  const message = readSignedMessage(document);
  const { bundle, certificate, ...attestation } = readPayload(message.payload);
  const { publicKey, timestamp } = attestation;
  const age = now.getTime() - timestamp.getTime();
  if (age > maximumAge) throw new AttestationFault("it is more than five minutes old");
  if (age < -maximumSkew) throw new AttestationFault("its timestamp is in the future");
  await verifySignedMessage(message, await verifyPath(bundle, certificate, roots, now));
  if (publicKey !== undefined && !isRecipientKey(publicKey))
    throw new AttestationFault("its public_key is no RSA key of 2,048 bits or more");
  return attestation;
}
