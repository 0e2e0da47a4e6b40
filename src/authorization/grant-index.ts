import { rootAccount } from "./principal-element.ts";

/** Whom a grant names. */
interface Named {
  readonly granteePrincipal: string;
  readonly retiringPrincipal?: string;
}

/** Positions in a list of grants, in their order. */
type Positions = Map<string, number[]>;

interface Index {
  readonly names: Positions;
  /** By the accounts whose root ARNs are named. */
  readonly accounts: Positions;
}

/** Lists that are shorter are looked through. */
const long = 64;
const indexes = new WeakMap<readonly Named[], Index>();

/** The grants of a list that name a principal, or its account, in their order: a key may have 50,000 of others. */
export function grantsNaming<T extends Named>(
  grants: readonly T[],
  names: () => readonly string[],
  account: string,
): readonly T[] {
  if (grants.length < long) return grants;
  const index = indexes.getOrInsertComputed(grants, indexOf);
  const found = new Set(index.accounts.get(account));
  for (const name of names()) for (const at of index.names.get(name) ?? []) found.add(at);
  return [...found].toSorted((a, b) => a - b).flatMap((at) => grants[at] ?? []);
}

function indexOf(grants: readonly Named[]): Index {
  const index: Index = { names: new Map(), accounts: new Map() };
  for (const [at, { granteePrincipal, retiringPrincipal = granteePrincipal }] of grants.entries())
    for (const name of new Set([granteePrincipal, retiringPrincipal])) {
      index.names.getOrInsertComputed(name, () => []).push(at);
      const account = rootAccount(name);
      if (account !== undefined) index.accounts.getOrInsertComputed(account, () => []).push(at);
    }
  return index;
}
