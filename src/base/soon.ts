/**
 * A value, or the promise of one. Nearly all that a call needs is in memory: what is there is used at once, and only what is not there
 * is waited for.
 */
export type Soon<T> = T | Promise<T>;

/** Goes on with a value: at once when it is there. What fails at once throws at once. */
export function after<T, U>(value: Soon<T>, next: (value: T) => Soon<U>): Soon<U> {
  return value instanceof Promise ? value.then(next) : next(value);
}
