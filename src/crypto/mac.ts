import { createHmac } from "node:crypto";
import { macAlgorithms } from "./algorithms.ts";
import type { MacAlgorithm } from "./key-spec.ts";

/** The HMAC (FIPS 198-1) of a message. */
export function mac(algorithm: MacAlgorithm, key: Uint8Array, message: Uint8Array): Buffer {
  return createHmac(macAlgorithms[algorithm], key).update(message).digest();
}
