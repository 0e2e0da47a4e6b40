/**
 * What was read from texts that come again and again. Bounded in number and length, because the texts are the client's choice: who
 * sends many takes memory from nobody, and time only.
 */
export class Memo<T> {
  readonly #most: number;
  readonly #longest: number;
  readonly #known = new Map<string, T>();

  constructor({ most = 256, longest = 512 } = {}) {
    this.#most = most;
    this.#longest = longest;
  }

  find(text: string): T | undefined {
    return this.#known.get(text);
  }

  /** Returns the value, so that a reader can end with it. */
  keep(text: string, value: T): T {
    if (text.length > this.#longest) return value;
    if (this.#known.size >= this.#most) this.#known.clear();
    this.#known.set(text, value);
    return value;
  }
}
