/** MACs of children that were read or written, so that a change of a key need not compute those of all others again. */
const known = new WeakMap<object, Uint8Array>();

/** The MACs of lists of children, sorted. */
const sortedLists = new WeakMap<readonly object[], readonly Uint8Array[]>();

/** Remembers the MAC of a child. */
export function keepMac(child: object, mac: Uint8Array): void {
  known.set(child, mac);
}

/** The MAC of a child, made where it is not known. */
export function macOf(child: object, make: () => Uint8Array): Uint8Array {
  return known.getOrInsertComputed(child, make);
}

/** The MACs of a list of children, sorted. */
export function sortedMacs<T extends object>(
  children: readonly T[],
  mac: (child: T) => Uint8Array,
): readonly Uint8Array[] {
  return sortedLists.getOrInsertComputed(children, () =>
    children.map(mac).toSorted(Buffer.compare),
  );
}

/** Makes the sorted MACs of a list from those of another one, of which it lacks some and has others: a key may have 50,000 grants. */
export function carryMacs<T extends object>(
  from: readonly T[],
  to: readonly T[],
  difference: { readonly gone: readonly T[]; readonly added: readonly T[] },
  mac: (child: T) => Uint8Array,
): void {
  const before = sortedLists.get(from);
  if (before === undefined || sortedLists.has(to)) return;
  const gone = new Set(difference.gone.map(mac));
  const added = difference.added.map(mac);
  // Nearly sorted: sorting it again takes little more than looking at it.
  const after = [...before.filter((each) => !gone.has(each)), ...added].toSorted(Buffer.compare);
  sortedLists.set(to, after);
}

/** Remembers that a list has the same children as another one, in the order in which they are read. */
export function sameMacs(from: readonly object[], to: readonly object[]): void {
  const macs = sortedLists.get(from);
  if (macs !== undefined) sortedLists.set(to, macs);
}
