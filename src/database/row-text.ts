import type { SqlValue } from "./sql.ts";

/** Bytes that are kept for the next row; larger rows get memory of their own. */
const usualLength = 8_192;

/** The bytes of a row that are sealed, put together in one piece: every read row is, and a key may have 50,000 grants. */
export class RowText {
  #bytes = Buffer.alloc(usualLength);
  #length = 0;

  /** Begins another row. */
  begin(): this {
    if (this.#bytes.length > usualLength) this.#bytes = Buffer.alloc(usualLength);
    this.#length = 0;
    return this;
  }

  /** The bytes so far, until the next row begins. */
  get bytes(): Uint8Array {
    return this.#bytes.subarray(0, this.#length);
  }

  add(bytes: Uint8Array): void {
    this.#reserve(bytes.length);
    this.#bytes.set(bytes, this.#length);
    this.#length += bytes.length;
  }

  /** A value behind its kind: 0 for NULL, 1 text, 2 bytes, 3 a number in decimal. */
  addValue(value: SqlValue): void {
    if (value === null) this.add(nothing);
    else if (value instanceof Uint8Array) {
      this.#addKind(2, value.length);
      this.add(value);
    } else if (typeof value === "string") this.#addText(1, value);
    else this.#addText(3, String(value));
  }

  #addText(kind: number, text: string): void {
    // Three bytes for a UTF-16 unit are enough; the length is known once it is written.
    this.#reserve(headLength + 3 * text.length);
    const at = this.#length;
    const length = this.#bytes.write(text, at + headLength, "utf8");
    this.#addKind(kind, length);
    this.#length += length;
  }

  #addKind(kind: number, length: number): void {
    this.#reserve(headLength);
    this.#bytes.writeUInt8(kind, this.#length);
    this.#bytes.writeUInt32BE(length, this.#length + 1);
    this.#length += headLength;
  }

  #reserve(more: number): void {
    if (this.#length + more <= this.#bytes.length) return;
    const larger = Buffer.alloc(2 * (this.#length + more));
    larger.set(this.bytes);
    this.#bytes = larger;
  }
}

/** A kind, and the length of what follows. */
const headLength = 5;
const nothing = Buffer.of(0);
