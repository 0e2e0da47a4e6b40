import type { DerValue } from "./der.ts";
import { only, sequence, tags } from "./der.ts";

/** One of the numbers that a key consists of, by OpenSSL's name of it; the bytes are those of the DER, in place. */
export interface KeyParameter {
  readonly name: string;
  /** A number's bytes begin with the most significant one. */
  readonly kind: "number" | "bytes" | "text";
  readonly value: Uint8Array;
}

/** A private key as OpenSSL is given it: its type by OpenSSL's name, and its numbers. */
export interface PrivateKeyParts {
  readonly type: string;
  readonly parameters: readonly KeyParameter[];
}

type Parameters = readonly KeyParameter[] | undefined;

/** What an algorithm's privateKey holds. */
interface Algorithm {
  readonly type: string;
  readonly read: (privateKey: Uint8Array) => Parameters;
}

const rsaNumbers = [
  "n",
  "e",
  "d",
  "rsa-factor1",
  "rsa-factor2",
  "rsa-exponent1",
  "rsa-exponent2",
  "rsa-coefficient1",
];

/** By the hex of the AlgorithmIdentifier's content. */
const algorithms: Readonly<Record<string, Algorithm>> = {
  "06092a864886f70d0101010500": { type: "RSA", read: rsaParameters },
  "06072a8648ce3d020106082a8648ce3d030107": onCurve("EC", "P-256", 32),
  "06072a8648ce3d020106052b81040022": onCurve("EC", "P-384", 48),
  "06072a8648ce3d020106052b81040023": onCurve("EC", "P-521", 66),
  "06072a8648ce3d020106052b8104000a": onCurve("EC", "secp256k1", 32),
  "06072a8648ce3d020106082a811ccf5501822d": onCurve("SM2", "SM2", 32),
  "06032b6570": { type: "ED25519", read: (key) => octets("priv", tags.octetString, 32, key) },
  "0609608648016503040311": seeded("ML-DSA-44", 32),
  "0609608648016503040312": seeded("ML-DSA-65", 32),
  "0609608648016503040313": seeded("ML-DSA-87", 32),
  "0609608648016503040401": seeded("ML-KEM-512", 64),
  "0609608648016503040402": seeded("ML-KEM-768", 64),
  "0609608648016503040403": seeded("ML-KEM-1024", 64),
};

/**
 * Takes apart an unencrypted PKCS#8 PrivateKeyInfo (RFC 5208) in the one form in which keys are stored here: strict DER without attributes,
 * RSA with two primes, curves by name and with the uncompressed point, ML-DSA and ML-KEM as their seeds. Undefined for any
 * other. Whether the numbers make a key is not asked.
 */
export function readPrivateKeyInfo(der: Uint8Array): PrivateKeyParts | undefined {
  const [version, identifier, key, ...more] = sequence(only(der)) ?? [];
  if (!isVersion(0, version) || identifier?.tag !== tags.sequence) return undefined;
  if (key?.tag !== tags.octetString || more.length > 0) return undefined;
  const algorithm = algorithms[viewOf(identifier.content).toString("hex")];
  const parameters = algorithm?.read(key.content);
  return algorithm && parameters && { type: algorithm.type, parameters };
}

/** RSAPrivateKey (RFC 8017, A.1.2) of two primes. */
function rsaParameters(key: Uint8Array): Parameters {
  const [version, ...numbers] = sequence(only(key)) ?? [];
  if (!isVersion(0, version) || numbers.length !== rsaNumbers.length) return undefined;
  if (!numbers.every(isPositive)) return undefined;
  return numbers.map(({ content }, index) => ({
    name: rsaNumbers[index] ?? "",
    kind: "number",
    value: content[0] === 0 ? content.subarray(1) : content,
  }));
}

/** ECPrivateKey (RFC 5915) with its public key and without parameters: those stand in the AlgorithmIdentifier. */
function onCurve(type: string, group: string, length: number): Algorithm {
  const name: KeyParameter = { name: "group", kind: "text", value: Buffer.from(group) };
  return {
    type,
    read(key) {
      const [version, scalar, point, ...more] = sequence(only(key)) ?? [];
      if (!isVersion(1, version) || more.length > 0) return undefined;
      if (scalar?.tag !== tags.octetString || scalar.content.length !== length) return undefined;
      const published = point?.tag === publicKeyTag && only(point.content);
      if (!published || published.tag !== tags.bitString) return undefined;
      const { content } = published;
      // No unused bits, and an uncompressed point.
      if (content.length !== 2 + 2 * length || content[0] !== 0 || content[1] !== 4)
        return undefined;
      return [
        name,
        { name: "pub", kind: "bytes", value: content.subarray(1) },
        { name: "priv", kind: "number", value: scalar.content },
      ];
    },
  };
}

/** The seed alone (RFC 9881, RFC 9935): [0] IMPLICIT OCTET STRING. */
function seeded(type: string, length: number): Algorithm {
  return { type, read: (key) => octets("seed", seedTag, length, key) };
}

const publicKeyTag = 0xa1;
const seedTag = 0x80;

function octets(name: string, tag: number, length: number, key: Uint8Array): Parameters {
  const value = only(key);
  if (value?.tag !== tag || value.content.length !== length) return undefined;
  return [{ name, kind: "bytes", value: value.content }];
}

function isVersion(version: number, value: DerValue | undefined): boolean {
  return value?.tag === tags.integer && value.content.length === 1 && value.content[0] === version;
}

/** Whether a value is an INTEGER above zero in its shortest form. */
function isPositive({ tag, content }: DerValue): boolean {
  const [first = 0, second = 0] = content;
  return tag === tags.integer && (first === 0 ? second >= 0x80 : first < 0x80);
}

/** The same memory: a copy of a private key would be left behind. */
function viewOf({ buffer, byteOffset, byteLength }: Uint8Array): Buffer {
  return Buffer.from(buffer, byteOffset, byteLength);
}
