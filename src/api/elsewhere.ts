/**
 * A call that needs what this thread does not have: nothing has happened and nothing is recorded, and the thread that can answer it gets
 * the whole request. Thrown only where HTTP workers run beside the main thread.
 */
export class Elsewhere extends Error {
  override readonly name = "Elsewhere";
}
