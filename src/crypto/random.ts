import { randomBytes as draw, randomInt } from "node:crypto";

/** Bytes from the operating system's generator, in memory of their own (never the shared pool). */
export function randomBytes(length: number): Buffer {
  return draw(length);
}

const blockLength = 4_096;

/**
 * Random bytes for what becomes public, such as salts: drawn in blocks, because a draw costs as much as an HMAC. Keys are drawn one
 * by one, so that no memory holds one before it is used. INVARIANT: every byte is given once, and wiped as it is.
 */
export class PublicRandom {
  #block = Buffer.alloc(0);
  #given = 0;

  /** Fills the target, which is no longer than a block. */
  fill(target: Uint8Array): void {
    if (target.length > blockLength) throw new RangeError("a block holds fewer random bytes");
    if (this.#given + target.length > this.#block.length) {
      this.#block = draw(blockLength);
      this.#given = 0;
    }
    const next = this.#block.subarray(this.#given, this.#given + target.length);
    this.#given += target.length;
    target.set(next);
    next.fill(0);
  }
}

/** Where the digits of a UUID's sixteen bytes stand in its text. */
const uuidPlaces = [0, 2, 4, 6, 9, 11, 14, 16, 19, 21, 24, 26, 28, 30, 32, 34] as const;
const digits = Buffer.from("0123456789abcdef", "latin1");
const uuidText = Buffer.alloc(36, "-");
const uuidBytes = Buffer.alloc(16);
const uuidRandom = new PublicRandom();

/**
 * A random UUID (RFC 9562, version 4). The one of node:crypto is a text of twenty pieces, which whoever writes it puts together, and a
 * third of the garbage of a record.
 */
function newUuid(): string {
  uuidRandom.fill(uuidBytes);
  uuidBytes[6] = 0x40 | ((uuidBytes[6] ?? 0) & 0x0f);
  uuidBytes[8] = 0x80 | ((uuidBytes[8] ?? 0) & 0x3f);
  let index = 0;
  for (const place of uuidPlaces) {
    const byte = uuidBytes[index++] ?? 0;
    uuidText[place] = digits[byte >> 4] ?? 0;
    uuidText[place + 1] = digits[byte & 0x0f] ?? 0;
  }
  return uuidText.toString("latin1");
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
  uuid: newUuid,
  hex: (bytes) => draw(bytes).toString("hex"),
  account: () => String(randomInt(100_000_000_000, 1_000_000_000_000)),
  version: () => randomInt(1, 2 ** 47),
  unique: (prefix, length = 17) =>
    prefix + Array.from({ length }, () => base32[randomInt(32)]).join(""),
};
