/** Runs work by turns: of all that is given for one name, one thing after the other, in the order in which it came. */
export type Turns = <T>(name: string, work: () => Promise<T>) => Promise<T>;

/** Turns of this process. What has no name in common runs at the same time. */
export function takeTurns(): Turns {
  const last = new Map<string, Promise<unknown>>();
  return async (name, work) => {
    const mine = (last.get(name) ?? Promise.resolve()).then(work);
    // Whoever gave the work learns of its failure; those behind it need only know that it is over.
    const over = mine.catch(() => undefined);
    last.set(name, over);
    try {
      return await mine;
    } finally {
      if (last.get(name) === over) last.delete(name);
    }
  };
}
