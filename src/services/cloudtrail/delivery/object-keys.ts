import type { TrailPosition } from "../../../audit/trail.ts";
import { sha256 } from "../../../crypto/hash.ts";
import type { Trail } from "../model/trail.ts";
import { deliveryPrefix } from "../model/trail.ts";

/** The events of which region a file is about, and when it was written. */
interface FileOf {
  readonly region: string;
  readonly at: Date;
}

const alphabet = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789";
const uniqueLength = 16;

/**
 * The key of a log file, as CloudTrail calls them. What tells files of the same minute apart follows from the place where a file begins:
 * one that is written again after a crash takes its own place.
 */
export function logFileKey(
  trail: Trail,
  { region, at, after }: FileOf & { readonly after: TrailPosition },
): string {
  const { account } = trail;
  const name = `${account}_CloudTrail_${region}_${compact(at).slice(0, 13)}Z_${unique(trail.id, region, after)}`;
  return `${deliveryPrefix(trail)}CloudTrail/${region}/${folders(at)}/${name}.json.gz`;
}

/** The key of a digest, as CloudTrail calls them. */
export function digestKey(trail: Trail, { region, at }: FileOf): string {
  const { account, name, homeRegion } = trail;
  const file = `${account}_CloudTrail-Digest_${region}_${name}_${homeRegion}_${compact(at)}`;
  return `${deliveryPrefix(trail)}CloudTrail-Digest/${region}/${folders(at)}/${file}.json.gz`;
}

/** A moment as CloudTrail writes it, to the second. */
export function isoSecond(moment: Date): string {
  return `${moment.toISOString().slice(0, 19)}Z`;
}

function compact(moment: Date): string {
  return isoSecond(moment).replaceAll(/[-:]/g, "");
}

function folders(moment: Date): string {
  return moment.toISOString().slice(0, 10).replaceAll("-", "/");
}

function unique(trail: string, region: string, after: TrailPosition): string {
  const digest = sha256(Buffer.from(`${trail}/${region}/${after}`));
  return Array.from(digest.subarray(0, uniqueLength), (byte) =>
    alphabet.charAt(byte % alphabet.length),
  ).join("");
}
