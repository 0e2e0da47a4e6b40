import { decodeBase32, encodeBase32 } from "../../base/base32.ts";
import { secretBytes } from "../../base/secret-bytes.ts";
import { equalBytes, sha256 } from "../../crypto/hash.ts";

/**
 * A share as a person keeps it (docs/root-key-formats.md):
 *
 *     kw1-xxxxx-…-xxxxx      16 groups of base32 digits over
 *     threshold ‖ count ‖ number ‖ set (10) ‖ share (33) ‖ first 4 bytes of SHA-256("keywright/share/v1" ‖ all before)
 */
export interface ShareText {
  readonly threshold: number;
  readonly count: number;
  /** From 1 to `count`: whose it is. */
  readonly number: number;
  /** Of which deployment and which splitting it is. */
  readonly set: Uint8Array;
  readonly share: Uint8Array;
}

const prefix = "kw1-";
const setLength = 10;
const shareLength = 33;
const checkLength = 4;
const bodyLength = 3 + setLength + shareLength;
const checkName = Buffer.from("keywright/share/v1", "latin1");

/** Which splitting of which deployment a share belongs to; nothing of it is secret. */
export function shareSet(deployment: string, salt: Uint8Array): Buffer {
  const name = Buffer.from(`keywright/share-set/v1\n${deployment}\n`, "utf8");
  return sha256(name, salt).subarray(0, setLength);
}

export function formatShare({ threshold, count, number, set, share }: ShareText): string {
  // In one piece: what Buffer.concat makes may stand in the shared pool, and stay there.
  const bytes = secretBytes(bodyLength + checkLength);
  bytes.set([threshold, count, number]);
  bytes.set(set, 3);
  bytes.set(share, 3 + setLength);
  bytes.set(check(bytes.subarray(0, bodyLength)), bodyLength);
  const digits = encodeBase32(bytes);
  bytes.fill(0);
  return prefix + digits.replaceAll(/.{5}(?=.)/g, "$&-");
}

const [space, dash] = [0x20, 0x2d];

/** Reads a share as typed, in whichever case, with or without its dashes; undefined when it was mistyped. */
export function parseShare(typed: Uint8Array): ShareText | undefined {
  const digits = typed.filter((code) => code !== space && code !== dash);
  const start = "kw1".length;
  const known = String.fromCharCode(...digits.subarray(0, start)).toLowerCase() === "kw1";
  const bytes = known ? decodeBase32(digits.subarray(start)) : undefined;
  digits.fill(0);
  if (bytes?.length !== bodyLength + checkLength) return undefined;
  const body = bytes.subarray(0, bodyLength);
  if (!equalBytes(bytes.subarray(bodyLength), check(body))) return undefined;
  const [threshold = 0, count = 0, number = 0] = body;
  const set = body.subarray(3, 3 + setLength);
  return { threshold, count, number, set, share: body.subarray(3 + setLength) };
}

function check(body: Uint8Array): Buffer {
  const named = secretBytes(checkName.length + body.length);
  named.set(checkName);
  named.set(body, checkName.length);
  const digest = sha256(named).subarray(0, checkLength);
  named.fill(0);
  return digest;
}
