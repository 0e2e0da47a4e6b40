import { combine, split } from "shamir-secret-sharing";
import { secretBytes } from "../base/secret-bytes.ts";

/** One part of a secret: as many bytes as the secret, and one that places it. */
export type Share = Uint8Array;

/** Splits a secret so that any `threshold` of `count` shares give it back and fewer say nothing about it (Shamir, GF(2^8)). */
export async function splitSecret(
  secret: Uint8Array,
  threshold: number,
  count: number,
): Promise<readonly Share[]> {
  // The package asks for a plain Uint8Array.
  const plain = Uint8Array.from(secret);
  try {
    return await split(plain, count, threshold);
  } finally {
    plain.fill(0);
  }
}

/** Puts shares together; wrong ones give a wrong secret. Undefined when two of them have the same place. */
export async function combineShares(shares: readonly Share[]): Promise<Buffer | undefined> {
  const places = new Set(shares.map((share) => share.at(-1)));
  if (places.size < shares.length) return undefined;
  const plain = shares.map((share) => Uint8Array.from(share));
  try {
    const combined = await combine(plain);
    const secret = secretBytes(combined.length);
    secret.set(combined);
    combined.fill(0);
    return secret;
  } finally {
    for (const share of plain) share.fill(0);
  }
}
