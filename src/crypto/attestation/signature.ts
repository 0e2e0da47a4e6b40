import type { KeyObject } from "node:crypto";
import { verify } from "node:crypto";
import type { DerValue } from "../der.ts";
import { only, sequence, tags, writeDer } from "../der.ts";

/** What was signed of a certificate, and the signature. */
export interface SignedPart {
  readonly signed: Uint8Array;
  /** ECDSA, in DER. */
  readonly signature: Uint8Array;
}

/** The AlgorithmIdentifier of ECDSA with SHA-384, without parameters (RFC 5758 section 3.2). */
const ecdsaWithSha384 = Buffer.from("06082a8648ce3d040303", "hex");
const versionTag = 0xa0;

/** Reads the signature of a certificate in DER; undefined unless it is of ECDSA with SHA-384, inside and outside of what is signed. */
export function readSignature(certificate: Uint8Array): SignedPart | undefined {
  const [content, algorithm, bits, more] = sequence(only(certificate)) ?? [];
  const [version, , claimed] = sequence(content) ?? [];
  if (content === undefined || more !== undefined || version?.tag !== versionTag) return undefined;
  if (!isEcdsaWithSha384(algorithm) || !isEcdsaWithSha384(claimed)) return undefined;
  if (bits?.tag !== tags.bitString || bits.content[0] !== 0) return undefined;
  // DER is canonical: written again, it is what stood there.
  return { signed: writeDer(content.tag, content.content), signature: bits.content.subarray(1) };
}

function isEcdsaWithSha384(value: DerValue | undefined): boolean {
  return value?.tag === tags.sequence && ecdsaWithSha384.equals(value.content);
}

/** Whether a key made an ECDSA signature with SHA-384; computed in the thread pool. */
export function isSignedBy(
  key: KeyObject,
  { signed, signature }: SignedPart,
  dsaEncoding: "der" | "ieee-p1363" = "der",
): Promise<boolean> {
  return new Promise((resolve, reject) => {
    verify("sha384", signed, { key, dsaEncoding }, signature, (error, holds) => {
      if (error === null) resolve(holds);
      else reject(error);
    });
  });
}
