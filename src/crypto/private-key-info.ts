import { secretBytes } from "../base/secret-bytes.ts";
import type { DerValue } from "./der.ts";
import { lengthBytes, only, sequence, tags } from "./der.ts";

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

/** A number that is to be read from a key: no longer than `length`, or exactly so long when it is no number of RSA. */
export interface KeyField {
  readonly name: string;
  readonly kind: "number" | "bytes";
  readonly length: number;
}

/** How a private key is written; `size` is the length of RSA's modulus. */
export interface PrivateKeyForm {
  fields(size: number): readonly KeyField[];
  /** The PrivateKeyInfo of the fields' values, which are wiped. */
  write(values: readonly Buffer[]): Buffer;
}

type Parameters = readonly KeyParameter[] | undefined;

/** What an algorithm's privateKey holds. */
interface Algorithm {
  readonly type: string;
  readonly read: (privateKey: Uint8Array) => Parameters;
  readonly fields: PrivateKeyForm["fields"];
  readonly write: (values: readonly Buffer[]) => Buffer;
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

const publicKeyTag = 0xa1;
const seedTag = 0x80;

/** By the hex of the AlgorithmIdentifier's content, which is the same for both halves of a pair. */
const algorithms: Readonly<Record<string, Algorithm>> = {
  "06092a864886f70d0101010500": {
    type: "RSA",
    read: rsaParameters,
    fields: (length) => rsaNumbers.map((name) => ({ name, kind: "number", length })),
    write: (numbers) => wrap(tags.sequence, integer(0), ...numbers.map(unsigned)),
  },
  "06072a8648ce3d020106082a8648ce3d030107": onCurve("EC", "P-256", 32),
  "06072a8648ce3d020106052b81040022": onCurve("EC", "P-384", 48),
  "06072a8648ce3d020106052b81040023": onCurve("EC", "P-521", 66),
  "06072a8648ce3d020106052b8104000a": onCurve("EC", "secp256k1", 32),
  "06072a8648ce3d020106082a811ccf5501822d": onCurve("SM2", "SM2", 32),
  "06032b6570": octets("ED25519", "priv", tags.octetString, 32),
  "0609608648016503040311": octets("ML-DSA-44", "seed", seedTag, 32),
  "0609608648016503040312": octets("ML-DSA-65", "seed", seedTag, 32),
  "0609608648016503040313": octets("ML-DSA-87", "seed", seedTag, 32),
  "0609608648016503040401": octets("ML-KEM-512", "seed", seedTag, 64),
  "0609608648016503040402": octets("ML-KEM-768", "seed", seedTag, 64),
  "0609608648016503040403": octets("ML-KEM-1024", "seed", seedTag, 64),
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

/** How the private key of a SubjectPublicKeyInfo is written; undefined for keys of no kind of ours. */
export function privateKeyForm(spki: Uint8Array): PrivateKeyForm | undefined {
  const identifier = viewOf(sequence(only(spki))?.[0]?.content ?? Buffer.of());
  const algorithm = algorithms[identifier.toString("hex")];
  return (
    algorithm && {
      fields: algorithm.fields,
      write(values) {
        const key = wrap(tags.octetString, algorithm.write(values));
        const named = wrap(tags.sequence, Buffer.from(identifier));
        return wrap(tags.sequence, integer(0), named, key);
      },
    }
  );
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
    fields: () => [
      { name: "priv", kind: "number", length },
      { name: "pub", kind: "bytes", length: 1 + 2 * length },
    ],
    write([priv = Buffer.of(), pub = Buffer.of()]) {
      const point = wrap(publicKeyTag, wrap(tags.bitString, Buffer.of(0), pub));
      return wrap(tags.sequence, integer(1), wrap(tags.octetString, priv), point);
    },
  };
}

/** A value alone, as of the edwards curves (RFC 8410) and the seeds (RFC 9881, RFC 9935). */
function octets(type: string, name: string, tag: number, length: number): Algorithm {
  return {
    type,
    read(key) {
      const value = only(key);
      if (value?.tag !== tag || value.content.length !== length) return undefined;
      return [{ name, kind: "bytes", value: value.content }];
    },
    fields: () => [{ name, kind: "bytes", length }],
    write: (values) => wrap(tag, ...values),
  };
}

/** Writes one value outside V8's heap, and wipes the parts. */
function wrap(tag: number, ...parts: readonly Buffer[]): Buffer {
  const length = lengthBytes(parts.reduce((sum, part) => sum + part.length, 0));
  const all = [Buffer.of(tag), length, ...parts];
  const written = secretBytes(all.reduce((sum, part) => sum + part.length, 0));
  let at = 0;
  for (const part of all) {
    written.set(part, at);
    at += part.length;
    part.fill(0);
  }
  return written;
}

function integer(value: number): Buffer {
  return wrap(tags.integer, Buffer.of(value));
}

/** The INTEGER of a number in any length. */
function unsigned(number: Buffer): Buffer {
  const shortest = number.subarray(number.findIndex((byte) => byte !== 0));
  const isHigh = (shortest[0] ?? 0) >= 0x80;
  return wrap(tags.integer, isHigh ? Buffer.of(0) : Buffer.of(), shortest);
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
