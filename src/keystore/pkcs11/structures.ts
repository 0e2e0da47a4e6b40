import { koffi } from "../../crypto/koffi.ts";

/** Bytes of an unsigned long and of a pointer on every platform that we support (LP64, little-endian). */
export const wordLength = 8;

/** A C structure, and the memory that its pointers lead to: who holds the one must hold the other. */
export interface Structure {
  readonly bytes: Buffer;
  readonly refers: readonly (Uint8Array | Structure)[];
}

/** Numbers of PKCS#11 2.40 that we use, by their names there. */
export const cryptoki = {
  CKF_RW_SESSION: 0x2n,
  CKF_SERIAL_SESSION: 0x4n,
  CKF_OS_LOCKING_OK: 0x2n,
  CKF_TOKEN_INITIALIZED: 0x400n,
  CKF_USER_PIN_INITIALIZED: 0x8n,
  CKF_USER_PIN_LOCKED: 0x40000n,
  CKU_USER: 1n,
  CKO_SECRET_KEY: 0x4n,
  CKK_GENERIC_SECRET: 0x10n,
  CKK_AES: 0x1fn,
  CKA_CLASS: 0x0n,
  CKA_TOKEN: 0x1n,
  CKA_PRIVATE: 0x2n,
  CKA_LABEL: 0x3n,
  CKA_KEY_TYPE: 0x100n,
  CKA_SENSITIVE: 0x103n,
  CKA_ENCRYPT: 0x104n,
  CKA_DECRYPT: 0x105n,
  CKA_WRAP: 0x106n,
  CKA_UNWRAP: 0x107n,
  CKA_SIGN: 0x108n,
  CKA_VERIFY: 0x10an,
  CKA_DERIVE: 0x10cn,
  CKA_VALUE_LEN: 0x161n,
  CKA_EXTRACTABLE: 0x162n,
  CKM_SHA256_HMAC: 0x251n,
  CKM_GENERIC_SECRET_KEY_GEN: 0x350n,
  CKM_AES_KEY_GEN: 0x1080n,
  CKM_AES_GCM: 0x1087n,
} as const;

/** Memory for an unsigned long or a handle. */
export function word(value: bigint | number = 0n): Buffer {
  const bytes = Buffer.alloc(wordLength);
  bytes.writeBigUInt64LE(BigInt(value));
  return bytes;
}

/** CK_C_INITIALIZE_ARGS: the module may use the locks of the operating system, because we call it from several threads. */
export function initializeArguments(): Structure {
  const none = word();
  return structure(none, none, none, none, word(cryptoki.CKF_OS_LOCKING_OK), none);
}

/** CK_MECHANISM. */
export function mechanism(type: bigint, parameter?: Structure): Structure {
  if (parameter === undefined) return structure(word(type), word(), word());
  return structure(word(type), { to: parameter }, word(parameter.bytes.length));
}

/** CK_GCM_PARAMS with a tag of 128 bits. A token that draws the nonce itself writes it into `nonce`. */
export function gcmParameters(nonce: Uint8Array, bound: Uint8Array): Structure {
  const bits = word(nonce.length * 8);
  return structure(
    { to: nonce },
    word(nonce.length),
    bits,
    { to: bound },
    word(bound.length),
    word(128),
  );
}

export type Attribute = readonly [type: bigint, value: bigint | boolean | string | Uint8Array];

/** An array of CK_ATTRIBUTE. */
export function template(attributes: readonly Attribute[]): Structure {
  return structure(
    ...attributes.flatMap(([type, value]) => {
      const bytes = attributeBytes(value);
      return [word(type), { to: bytes }, word(bytes.length)];
    }),
  );
}

function attributeBytes(value: Attribute[1]): Buffer {
  if (typeof value === "bigint") return word(value);
  if (typeof value === "boolean") return Buffer.of(value ? 1 : 0);
  return Buffer.from(value);
}

type Part = Buffer | { readonly to: Uint8Array | Structure };

function structure(...parts: readonly Part[]): Structure {
  const words = parts.map((part) => ("to" in part ? pointer(part.to) : part));
  return {
    bytes: Buffer.concat(words),
    refers: parts.flatMap((part) => ("to" in part ? [part.to] : [])),
  };
}

function pointer(target: Uint8Array | Structure): Buffer {
  const bytes = target instanceof Uint8Array ? target : target.bytes;
  return word(bytes.length === 0 ? 0n : koffi.address(bytes));
}
