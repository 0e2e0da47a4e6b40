import { createHash, createPrivateKey, hash } from "node:crypto";

/** What nobody may learn of a private key (PKCS#8), in both orders of bytes. The name begins with its key spec. */
export function privateKeySecrets(
  name: string,
  der: Buffer,
): readonly (readonly [string, Buffer])[] {
  const parts = Object.entries(secretParts(name, der));
  return parts.flatMap(([part, bytes]) => [
    [`${name}: ${part}`, bytes] as const,
    [`${name}: ${part}, least significant byte first`, Buffer.from(bytes).reverse()] as const,
  ]);
}

function secretParts(name: string, der: Buffer): Readonly<Record<string, Buffer>> {
  if (name.startsWith("ML_KEM")) return mlKemParts(name, der.subarray(-64));
  if (name.startsWith("ML_DSA")) return mlDsaParts(name, der.subarray(-32));
  if (name.includes("EDWARDS"))
    return { seed: der.subarray(-32), expanded: hash("sha512", der.subarray(-32), "buffer") };
  // Behind headers of fixed lengths.
  if (name.startsWith("SM2")) return { scalar: der.subarray(36, 68) };
  const jwk = createPrivateKey({ key: der, format: "der", type: "pkcs8" }).export({
    format: "jwk",
  });
  const numbers = ["d", "p", "q", "dp", "dq", "qi"] as const;
  return Object.fromEntries(
    numbers.flatMap((number) => {
      const value = jwk[number];
      return value === undefined ? [] : [[number, Buffer.from(String(value), "base64url")]];
    }),
  );
}

/** Rows and columns of the matrix A (FIPS 204, table 1; FIPS 203, table 2). */
const dimensions: Readonly<Record<string, readonly number[]>> = {
  ML_DSA_44: [4, 4],
  ML_DSA_65: [6, 5],
  ML_DSA_87: [8, 7],
  ML_KEM_512: [2],
  ML_KEM_768: [3],
  ML_KEM_1024: [4],
};
const dimensionsOf = (name: string): Buffer =>
  Buffer.from(dimensions[name.split(".")[0] ?? ""] ?? []);

/** The seed, and what is secret of its expansion (FIPS 204, algorithm 6): the seed of the short vectors, and K. */
function mlDsaParts(name: string, seed: Buffer): Readonly<Record<string, Buffer>> {
  const expanded = createHash("shake256", { outputLength: 128 })
    .update(seed)
    .update(dimensionsOf(name))
    .digest();
  return { seed, "seed of the vectors": expanded.subarray(32, 96), K: expanded.subarray(96) };
}

/** Both seeds, and what is secret of the first one's expansion (FIPS 203, algorithm 13). */
function mlKemParts(name: string, seed: Buffer): Readonly<Record<string, Buffer>> {
  const first = Buffer.concat([seed.subarray(0, 32), dimensionsOf(name)]);
  return { seed, "seed of the vectors": hash("sha3-512", first, "buffer").subarray(32) };
}
