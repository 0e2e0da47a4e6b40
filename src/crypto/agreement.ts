import { equalBytes } from "./hash.ts";
import type { KeyMaterial } from "./key-material.ts";
import type { Place } from "./openssl.ts";
import { OpensslKey } from "./openssl-key.ts";
import { agreeOnSm2 } from "./sm2-agreement.ts";

/** Bytes of a scalar (and of a coordinate) by the length of the curve's SubjectPublicKeyInfo. */
const coordinateLengths: Readonly<Record<number, number>> = { 91: 32, 120: 48, 158: 66 };

/**
 * The x-coordinate of the shared point (SEC 1, 3.3.1), as long as the field. Undefined unless the peer's
 * SubjectPublicKeyInfo is the DER of an uncompressed point on the very curve of the key, named and not described.
 */
export async function deriveSharedSecret(
  key: KeyMaterial,
  peer: Uint8Array,
  place: Place = "pool",
): Promise<Buffer | undefined> {
  const { privateKey } = key;
  const own = privateKey.spki();
  const length = coordinateLengths[own.length];
  if (length === undefined) throw new TypeError(`no agreement with a key of ${privateKey.type}`);
  const header = own.length - 2 * length;
  if (peer.length !== own.length) return undefined;
  if (!equalBytes(peer.subarray(0, header), own.subarray(0, header))) return undefined;
  using other = OpensslKey.fromSpki(peer);
  if (other === undefined) return undefined;
  if (privateKey.type !== "SM2") return await privateKey.derive(other, place);
  return await key.use((pkcs8) => agreeOnSm2(pkcs8, peer.subarray(header - 1)));
}
