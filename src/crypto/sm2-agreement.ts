import { secretBytes } from "../base/secret-bytes.ts";
import type { Pointer } from "./openssl.ts";
import { inPool, openssl } from "./openssl.ts";

/** Where the scalar stands in the PKCS#8 of an SM2 key, whose headers have fixed lengths. */
const scalarAt = 36;
const coordinateLength = 32;
/** NID_sm2. */
const sm2 = 1172;

/**
 * The x-coordinate that a private key of SM2 and an uncompressed point on its curve share; undefined when OpenSSL refuses
 * the point. EVP derives nothing with its type SM2, so this calls what EVP calls for the other curves.
 *
 * INVARIANT: both EC_KEYs belong to this call and are freed after it; the pool's call reads them and nothing of ours.
 */
export async function agreeOnSm2(
  pkcs8: Uint8Array,
  point: Uint8Array,
): Promise<Buffer | undefined> {
  const c = openssl();
  const own = newKey();
  const peer = newKey();
  try {
    const read =
      c.EC_KEY_oct2priv(own, pkcs8.subarray(scalarAt), coordinateLength) === 1 &&
      c.EC_KEY_oct2key(peer, point, point.length, null) === 1;
    c.ERR_clear_error();
    if (!read) return undefined;
    const secret = secretBytes(coordinateLength);
    const shared = c.EC_KEY_get0_public_key(peer);
    const length = await inPool((done) =>
      c.ECDH_compute_key.async(secret, coordinateLength, shared, own, null, done),
    );
    return length === coordinateLength ? secret : undefined;
  } finally {
    c.EC_KEY_free(own);
    c.EC_KEY_free(peer);
    c.ERR_clear_error();
  }
}

function newKey(): Pointer {
  const key = openssl().EC_KEY_new_by_curve_name(sm2);
  if (key === null) throw new Error("OpenSSL does not know the curve SM2");
  return key;
}
