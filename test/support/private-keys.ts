import { createPrivateKey } from "node:crypto";

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
  if (name.startsWith("ML_KEM")) return { seed: der.subarray(-64) };
  if (name.startsWith("ML_DSA") || name.includes("EDWARDS")) return { seed: der.subarray(-32) };
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
