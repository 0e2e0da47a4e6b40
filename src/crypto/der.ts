/** Strict DER (ITU-T X.690): definite and shortest lengths, tags of one byte, values below 64 KiB. */

/** One value: its tag byte, and its content. */
export interface DerValue {
  readonly tag: number;
  readonly content: Uint8Array;
}

/** Tag bytes of the universal types that are used here. */
export const tags = {
  boolean: 0x01,
  integer: 0x02,
  bitString: 0x03,
  octetString: 0x04,
  null: 0x05,
  oid: 0x06,
  sequence: 0x30,
  set: 0x31,
} as const;

/** Reads the values that `bytes` consists of; undefined unless all of it is strict DER. */
export function readDer(bytes: Uint8Array): readonly DerValue[] | undefined {
  const values: DerValue[] = [];
  let rest = bytes;
  while (rest.length > 0) {
    const extent = extentOf(rest);
    if (extent === undefined || extent.end > rest.length) return undefined;
    values.push({ tag: rest[0] ?? 0, content: rest.subarray(extent.start, extent.end) });
    rest = rest.subarray(extent.end);
  }
  return values;
}

/** The one value that the bytes consist of. */
export function only(bytes: Uint8Array): DerValue | undefined {
  const values = readDer(bytes);
  return values?.length === 1 ? values[0] : undefined;
}

/** The values in a sequence; undefined when it is none. */
export function sequence(value: DerValue | undefined): readonly DerValue[] | undefined {
  return value?.tag === tags.sequence ? readDer(value.content) : undefined;
}

/** Writes one value whose content is the parts, one after the other. */
export function writeDer(tag: number, ...parts: readonly Uint8Array[]): Buffer {
  const content = Buffer.concat(parts);
  return Buffer.concat([Buffer.of(tag), lengthBytes(content.length), content]);
}

/** Writes an object identifier from its numbers with dots between them. */
export function writeOid(text: string): Buffer {
  const [first = 0, second = 0, ...arcs] = text.split(".").map(Number);
  return writeDer(tags.oid, Buffer.from([first * 40 + second, ...arcs].flatMap(base128)));
}

/** Where the content of the first value begins and ends. */
function extentOf(bytes: Uint8Array): { readonly start: number; readonly end: number } | undefined {
  const [tag = 0, first = 0x80, high = 0, low = 0] = bytes;
  if ((tag & 0x1f) === 0x1f) return undefined;
  if (first < 0x80) return { start: 2, end: 2 + first };
  if (first === 0x81 && high >= 0x80) return { start: 3, end: 3 + high };
  if (first === 0x82 && high > 0) return { start: 4, end: 4 + high * 256 + low };
  return undefined;
}

/** How the length of a content is written. */
export function lengthBytes(length: number): Buffer {
  if (length < 0x80) return Buffer.of(length);
  if (length < 0x100) return Buffer.of(0x81, length);
  if (length < 0x1_0000) return Buffer.of(0x82, length >> 8, length & 0xff);
  throw new RangeError("a DER value of 64 KiB or more");
}

/** Seven bits a byte, most significant first, the top bit set on all but the last. */
function base128(arc: number): readonly number[] {
  const rest = Math.floor(arc / 128);
  return rest === 0 ? [arc] : [...base128(rest).map((byte) => byte | 0x80), arc % 128];
}
