import { choices } from "../faults/owner.ts";

/** Chooses a number below the given one; repeats itself from a seed. */
export type Choose = (below: number) => number;

/** The seed of a run, by which it can be repeated: FUZZ_SEED, or a new one. */
export const seed = Number(process.env["FUZZ_SEED"] ?? Date.now() % 1_000_000);

/** A source of choices for one subject of a run. */
export function chooser(subject: string): Choose {
  return choices([...subject].reduce((sum, each) => sum * 31 + each.charCodeAt(0), seed) | 0);
}

const edges = [0x00, 0x01, 0x7f, 0x80, 0xff] as const;

type Bytes = Buffer<ArrayBufferLike>;
type Change = (bytes: Bytes, choose: Choose, others: readonly Bytes[]) => Bytes;

const changes: readonly Change[] = [
  function flipBit(bytes, choose) {
    const at = choose(bytes.length);
    bytes[at] = (bytes[at] ?? 0) ^ (1 << choose(8));
    return bytes;
  },
  function setByte(bytes, choose) {
    bytes[choose(bytes.length)] = edges[choose(edges.length)] ?? 0;
    return bytes;
  },
  function randomByte(bytes, choose) {
    bytes[choose(bytes.length)] = choose(256);
    return bytes;
  },
  function cut(bytes, choose) {
    return bytes.subarray(0, choose(bytes.length));
  },
  function cutFront(bytes, choose) {
    return bytes.subarray(choose(bytes.length));
  },
  function remove(bytes, choose) {
    const at = choose(bytes.length);
    return Buffer.concat([bytes.subarray(0, at), bytes.subarray(at + 1 + choose(16))]);
  },
  function repeat(bytes, choose) {
    const at = choose(bytes.length);
    const end = at + 1 + choose(64);
    return Buffer.concat([bytes.subarray(0, end), bytes.subarray(at)]);
  },
  function insert(bytes, choose) {
    const at = choose(bytes.length);
    const added = Buffer.from(Array.from({ length: 1 + choose(32) }, () => choose(256)));
    return Buffer.concat([bytes.subarray(0, at), added, bytes.subarray(at)]);
  },
  function length(bytes, choose) {
    const at = choose(Math.max(1, bytes.length - 4));
    const value = edges[choose(edges.length)] ?? 0;
    bytes.fill(value, at, Math.min(bytes.length, at + 1 + choose(4)));
    return bytes;
  },
  function splice(bytes, choose, others) {
    const other = others[choose(others.length)] ?? bytes;
    const at = choose(Math.min(bytes.length, other.length));
    return Buffer.concat([bytes.subarray(0, at), other.subarray(at)]);
  },
];

/** One of the samples, changed in one to four places; never one of them as it was. */
export function mutated(samples: readonly Bytes[], choose: Choose): Bytes {
  for (;;) {
    let bytes: Bytes = Buffer.from(samples[choose(samples.length)] ?? []);
    for (let times = 1 + choose(4); times > 0 && bytes.length > 0; times--)
      bytes = changes[choose(changes.length)]?.(bytes, choose, samples) ?? bytes;
    if (!samples.some((sample) => sample.equals(bytes))) return bytes;
  }
}
