import { hash } from "node:crypto";

/** a ‖ b ‖ G of the curve (GB/T 32918.5). */
const curve = Buffer.from(
  "fffffffeffffffffffffffffffffffffffffffff00000000fffffffffffffffc" +
    "28e9fa9e9d9f5e344d5a9e4bcf6509a7f39789f515ab8f92ddbcbd414d940e93" +
    "32c4ae2c1f1981195f9904466a39c9948fe30bbff2660be1715a4589334c74c7" +
    "bc3736a2f4f6779c59bdcee36b692153d0a9877cc62a474002df32e52139f0a0",
  "hex",
);
const distinguishingId = Buffer.from("1234567812345678");
const coordinates = 64;

/** The digest that SM2DSA signs (GB/T 32918.2): SM3(Z ‖ message), where Z binds the signer's id and public key. */
export function sm2Digest(publicKey: Uint8Array, message: Uint8Array): Buffer {
  const idBits = Buffer.alloc(2);
  idBits.writeUInt16BE(distinguishingId.length * 8);
  const point = publicKey.subarray(publicKey.length - coordinates);
  const z = sm3(idBits, distinguishingId, curve, point);
  return sm3(z, message);
}

function sm3(...parts: readonly Uint8Array[]): Buffer {
  return hash("sm3", Buffer.concat(parts), "buffer");
}
