/** What bare objects inherit from: nothing. */
class Bare {}
Reflect.deleteProperty(Bare.prototype, "constructor");
Object.setPrototypeOf(Bare.prototype, null);
Object.freeze(Bare.prototype);

/**
 * An object that inherits nothing, so that a member may have any name, `__proto__` too. Of what `Object.create(null)` makes V8 keeps a
 * hash table, and takes several times as long to fill it, to list it and to write it as JSON.
 */
export function bareObject<T>(): Record<string, T> {
  // It has no member yet.
  return new Bare() as Record<string, T>;
}
