/**
 * Lets the calls that would change the same aggregates go one after the other, each deciding on what the one before it left.
 * Only fairness rests on this: correctness is the commit's.
 */
export class Lanes {
  readonly #last = new Map<string, Promise<void>>();

  /** Waits for the turn in all lanes at once; the result leaves them. Places are taken in one step, so nobody waits in a circle. */
  async enter(names: readonly string[]): Promise<() => void> {
    const { promise, resolve } = Promise.withResolvers<void>();
    const before = names.flatMap((name) => this.#last.get(name) ?? []);
    for (const name of names) this.#last.set(name, promise);
    await Promise.all(before);
    return () => {
      for (const name of names) if (this.#last.get(name) === promise) this.#last.delete(name);
      resolve();
    };
  }
}
