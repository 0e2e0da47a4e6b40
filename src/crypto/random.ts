import { randomBytes as draw, randomInt, randomUUID } from "node:crypto";

/** Bytes from the operating system's generator, in memory of their own (never the shared pool). */
export function randomBytes(length: number): Buffer {
  return draw(length);
}

/** Source of identifiers; passed in so that tests can fix them. */
export interface Ids {
  /** A random UUID (version 4). */
  uuid(): string;
  /** Random bytes as lower-case hex, two digits a byte. */
  hex(bytes: number): string;
  /** A 12-digit account number. */
  account(): string;
  /** Where the versions of something new begin: another number than those of what had its name before. */
  version(): number;
  /** An identifier of AWS's unique-id form: a prefix such as `AIDA` and 17 characters of A-Z2-7, or as many as are asked for. */
  unique(prefix: string, characters?: number): string;
}

const base32 = "ABCDEFGHIJKLMNOPQRSTUVWXYZ234567";

export const randomIds: Ids = {
  uuid: () => randomUUID(),
  hex: (bytes) => draw(bytes).toString("hex"),
  account: () => String(randomInt(100_000_000_000, 1_000_000_000_000)),
  version: () => randomInt(1, 2 ** 47),
  unique: (prefix, length = 17) =>
    prefix + Array.from({ length }, () => base32[randomInt(32)]).join(""),
};
