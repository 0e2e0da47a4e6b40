/** A key that signs digests. */
export interface DigestKey {
  /** 32 hex digits. */
  readonly fingerprint: string;
  /** PKCS#1 RSAPublicKey, DER. */
  readonly publicKey: Uint8Array;
  /** The private half, wrapped. */
  readonly wrapped: Uint8Array;
  readonly validFrom: Date;
  readonly validTo: Date;
}

/** The keys of a region, oldest first: one aggregate. */
export interface DigestKeySet {
  readonly region: string;
  readonly keys: readonly DigestKey[];
  /** 0 before the first key. */
  readonly version: number;
}

/** The key that signs at a moment. */
export function keyAt({ keys }: DigestKeySet, moment: Date): DigestKey | undefined {
  return keys.findLast(({ validFrom, validTo }) => validFrom <= moment && moment < validTo);
}

/** The keys that were valid at any moment from one to another, both inclusive. */
export function keysBetween({ keys }: DigestKeySet, from: Date, to: Date): readonly DigestKey[] {
  return keys.filter(({ validFrom, validTo }) => validFrom <= to && from < validTo);
}
