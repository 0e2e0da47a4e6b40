/** IPv4 and IPv6 addresses and CIDR ranges as 128-bit numbers; IPv4 in its IPv6-mapped form. */
import { consistsOf, digits } from "./characters.ts";

/** An address range: its base and the number of leading bits that count, of 128. */
export interface AddressRange {
  readonly base: bigint;
  readonly prefix: number;
}

const mapped = 0xffffn;

/** Reads an address or `address/bits`; undefined when it is neither. */
export function parseRange(text: string): AddressRange | undefined {
  const slash = text.indexOf("/");
  const address = slash < 0 ? text : text.slice(0, slash);
  const base = parseAddress(address);
  if (base === undefined) return undefined;
  const width = address.includes(":") ? 128 : 32;
  const bits = slash < 0 ? width : parseDecimal(text.slice(slash + 1), width);
  return bits === undefined ? undefined : { base, prefix: 128 - width + bits };
}

/** Whether a range holds an address. A range shorter than the mapped prefix is of IPv6 and holds no IPv4 address. */
export function contains(range: AddressRange, address: bigint): boolean {
  if (range.prefix < 96 && address >> 32n === mapped) return false;
  const rest = BigInt(128 - range.prefix);
  return address >> rest === range.base >> rest;
}

/** Reads one IPv4 or IPv6 address; undefined when it is neither. */
export function parseAddress(text: string): bigint | undefined {
  if (!text.includes(":")) {
    const low = parseV4(text);
    return low === undefined ? undefined : (mapped << 32n) | low;
  }
  const halves = text.split("::");
  if (halves.length > 2) return undefined;
  const head = parseGroups(halves[0] ?? "");
  const tail = parseGroups(halves[1] ?? "");
  if (head === undefined || tail === undefined) return undefined;
  const missing = 8 - head.length - tail.length;
  if (halves.length === 2 ? missing < 1 : missing !== 0) return undefined;
  const groups = [...head, ...new Array<bigint>(missing).fill(0n), ...tail];
  return groups.reduce((value, group) => (value << 16n) | group, 0n);
}

function parseGroups(text: string): readonly bigint[] | undefined {
  const groups: bigint[] = [];
  const parts = text === "" ? [] : text.split(":");
  for (const [index, part] of parts.entries()) {
    if (part.includes(".") && index === parts.length - 1) {
      const low = parseV4(part);
      if (low === undefined) return undefined;
      groups.push(low >> 16n, low & 0xffffn);
    } else if (part.length <= 4 && consistsOf(part, `${digits}abcdefABCDEF`)) {
      groups.push(BigInt(`0x${part}`));
    } else return undefined;
  }
  return groups;
}

function parseV4(text: string): bigint | undefined {
  const parts = text.split(".");
  if (parts.length !== 4) return undefined;
  let value = 0n;
  for (const part of parts) {
    const byte = parseDecimal(part, 255);
    if (byte === undefined) return undefined;
    value = (value << 8n) | BigInt(byte);
  }
  return value;
}

function parseDecimal(text: string, most: number): number | undefined {
  if (text.length > 3 || !consistsOf(text, digits)) return undefined;
  if (text.length > 1 && text.startsWith("0")) return undefined;
  const value = Number(text);
  return value <= most ? value : undefined;
}
