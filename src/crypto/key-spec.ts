import { randomBytes } from "./random.ts";

export type KeySpec = "SYMMETRIC_DEFAULT";
export type KeyUsage = "ENCRYPT_DECRYPT";
export type EncryptionAlgorithm = "SYMMETRIC_DEFAULT";

/** What a key spec is. An algorithm is a row of this table: a second switch on the key spec is a bug. */
export interface KeySpecRow {
  readonly usages: readonly KeyUsage[];
  readonly encryptionAlgorithms: readonly EncryptionAlgorithm[];
  /** Class of the key for UpdateAlias, which never crosses classes. */
  readonly keyType: "symmetric";
  /** Bytes of key material. */
  readonly materialLength: number;
  generate(): Buffer;
}

export const keySpecs: Readonly<Record<KeySpec, KeySpecRow>> = {
  SYMMETRIC_DEFAULT: {
    usages: ["ENCRYPT_DECRYPT"],
    encryptionAlgorithms: ["SYMMETRIC_DEFAULT"],
    keyType: "symmetric",
    materialLength: 32,
    generate: () => randomBytes(32),
  },
};
