import { day } from "../../../base/clock.ts";

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

/** How long a key signs, and how much longer it is listed: whoever asks for the keys of an hour must find those of digests that end in it. */
const signs = 365 * day;
const listed = signs + day;

/** The time in which a key is valid that is made for a moment. From the day's beginning: earlier hours, of other trails, need no key of their own. */
export function validity(moment: Date): Pick<DigestKey, "validFrom" | "validTo"> {
  const from = moment.getTime() - (moment.getTime() % day);
  return { validFrom: new Date(from), validTo: new Date(from + listed) };
}

/** The key that signs what is about a moment. */
export function keyAt({ keys }: DigestKeySet, moment: Date): DigestKey | undefined {
  return keys.findLast(
    ({ validFrom }) => validFrom <= moment && moment.getTime() < validFrom.getTime() + signs,
  );
}

/** The keys that were valid at any moment from one to another, both inclusive. */
export function keysBetween({ keys }: DigestKeySet, from: Date, to: Date): readonly DigestKey[] {
  return keys.filter(({ validFrom, validTo }) => validFrom <= to && from < validTo);
}
