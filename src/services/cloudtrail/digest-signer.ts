import {
  digestKeyFingerprint,
  generateDigestKey,
  signDigest,
} from "../../crypto/digest-signing.ts";
import type { Change, VersionRef } from "../../database/commit.ts";
import { noChange } from "../../database/commit.ts";
import type { DigestKey } from "./model/digest-key.ts";
import { keyAt, validity } from "./model/digest-key.ts";
import type { DigestKeyTables } from "./tables/digest-keys.ts";
import { digestKeysVersion } from "./tables/digest-keys.ts";

/** What signs the digests of a region at a moment. */
export interface DigestSigner {
  readonly fingerprint: string;
  /** In hex. */
  sign(text: string): Promise<string>;
  /** The change that stores a key made for the first digest, or after a year; it must become durable before what it signs is delivered. */
  readonly change: Change;
  readonly relied: readonly VersionRef[];
}

/** Finds the key that signs at a moment, or makes it. */
export async function digestSigner(
  tables: DigestKeyTables,
  region: string,
  now: Date,
): Promise<DigestSigner> {
  const set = await tables.list(region);
  const known = keyAt(set, now);
  const { key, change } =
    known === undefined
      ? await tables.add(set, await newKey(now))
      : { key: known, change: noChange };
  return {
    fingerprint: key.fingerprint,
    sign: (text) => signWith(tables, region, key, text),
    change,
    relied: [digestKeysVersion(set)],
  };
}

async function newKey(moment: Date) {
  const { privateKey, publicKey } = await generateDigestKey();
  return {
    fingerprint: digestKeyFingerprint(publicKey),
    publicKey,
    privateKey,
    ...validity(moment),
  };
}

async function signWith(
  tables: DigestKeyTables,
  region: string,
  key: DigestKey,
  text: string,
): Promise<string> {
  return signDigest(await tables.open(region, key), text);
}
