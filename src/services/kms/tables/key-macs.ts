/** MACs of children that were read or written, so that a change of a key need not compute those of all others again. */
const known = new WeakMap<object, Uint8Array>();

/** The MACs of lists of children, sorted, one behind the other. */
const sortedLists = new WeakMap<readonly object[], Buffer>();

const macLength = 32;
/** So many are put into a sorted list, or taken out of it, one by one; more of them are sorted anew with all others. */
const fewChanges = 64;

/** Remembers the MAC of a child. */
export function keepMac(child: object, mac: Uint8Array): void {
  known.set(child, mac);
}

/** The MAC of a child, made where it is not known. */
export function macOf(child: object, make: () => Uint8Array): Uint8Array {
  return known.getOrInsertComputed(child, make);
}

/** The MACs of a list of children, sorted, one behind the other. */
export function sortedMacs<T extends object>(
  children: readonly T[],
  mac: (child: T) => Uint8Array,
): Buffer {
  return sortedLists.getOrInsertComputed(children, () =>
    Buffer.concat(children.map(mac).toSorted(Buffer.compare)),
  );
}

/** Sorted MACs with some more of them in their places. */
export function withMacs(sorted: Buffer, added: readonly Uint8Array[]): Buffer {
  return added.reduce((all: Buffer, mac) => {
    const at = placeOf(all, mac);
    return Buffer.concat([all.subarray(0, at), mac, all.subarray(at)]);
  }, sorted);
}

function withoutMacs(sorted: Buffer, gone: readonly Uint8Array[]): Buffer {
  return gone.reduce((all: Buffer, mac) => {
    const at = placeOf(all, mac);
    return Buffer.concat([all.subarray(0, at), all.subarray(at + macLength)]);
  }, sorted);
}

/** Makes the sorted MACs of a list from those of another one, of which it lacks some and has others: a key may have 50,000 grants. */
export function carryMacs<T extends object>(
  from: readonly T[],
  to: readonly T[],
  { gone, added }: { readonly gone: readonly T[]; readonly added: readonly T[] },
  mac: (child: T) => Uint8Array,
): void {
  const before = sortedLists.get(from);
  if (before === undefined || gone.length + added.length > fewChanges) return;
  sortedLists.set(to, withMacs(withoutMacs(before, gone.map(mac)), added.map(mac)));
}

/** Remembers that a list has the same children as another one, in the order in which they are read. */
export function sameMacs(from: readonly object[], to: readonly object[]): void {
  const macs = sortedLists.get(from);
  if (macs !== undefined) sortedLists.set(to, macs);
}

/** Where a MAC stands among sorted ones, or belongs. */
function placeOf(sorted: Buffer, mac: Uint8Array): number {
  let [start, end] = [0, sorted.length / macLength];
  while (start < end) {
    const middle = Math.floor((start + end) / 2);
    const at = middle * macLength;
    if (sorted.compare(mac, 0, macLength, at, at + macLength) < 0) start = middle + 1;
    else end = middle;
  }
  return start * macLength;
}
