import type { Log } from "../server/log.ts";
import { asError } from "../server/log.ts";

/** Work that is done again and again. */
export interface Repeated {
  /** Does it at once; resolves when it is done, or has failed. */
  now(): Promise<void>;
  /** Resolves when what is under way has ended. */
  stop(): Promise<void>;
}

interface Repetition {
  /** As the log calls it. */
  readonly what: string;
  /** In milliseconds. */
  readonly every: number;
  readonly log: Log;
}

/** Does work now and every so often, never twice at once. A failure is logged and tried again the next time. */
export function repeat(work: () => Promise<unknown>, { what, every, log }: Repetition): Repeated {
  let running = Promise.resolve();
  const run = (): Promise<void> => {
    running = running.then(work).then(
      () => undefined,
      (error: unknown) =>
        log("error", `${what} failed`, {
          error: asError(error),
        }),
    );
    return running;
  };
  const timer = setInterval(() => void run(), every);
  void run();
  return {
    now: run,
    async stop() {
      clearInterval(timer);
      await running;
    },
  };
}
