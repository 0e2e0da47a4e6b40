import { lengthPrefixed } from "../base/bytes.ts";
import { IntegrityError } from "../base/errors.ts";
import { randomBytes } from "./random.ts";
import type { SealPurpose } from "./seal.ts";
import { open, saltLength, seal } from "./seal.ts";

const purpose: SealPurpose = { domain: "keywright/wrap/v1", label: "keywright/wrap/v1" };
const version = 0x01;
const headerLength = 1 + saltLength;

/**
 * Wraps a secret under a key, bound to an identity: wherever the result turns up under another identity it does not
 * unwrap. Format: version 01 ‖ salt (32) ‖ sealed (docs/ciphertext-format.md).
 */
export function wrap(key: Uint8Array, identity: readonly string[], secret: Uint8Array): Buffer {
  const header = Buffer.concat([Buffer.of(version), randomBytes(saltLength)]);
  return seal(purpose, key, header, encodeIdentity(identity), secret);
}

/** Unwraps what `wrap` made for the same identity. Throws IntegrityError when key, identity or any bit differs. */
export function unwrap(key: Uint8Array, identity: readonly string[], wrapped: Uint8Array): Buffer {
  const secret =
    wrapped[0] === version
      ? open(purpose, key, headerLength, encodeIdentity(identity), wrapped)
      : undefined;
  if (secret === undefined)
    throw new IntegrityError(`the wrapped secret of ${identity.join(" ")} does not unwrap`);
  return secret;
}

function encodeIdentity(identity: readonly string[]): Buffer {
  return Buffer.concat(identity.map(lengthPrefixed));
}
