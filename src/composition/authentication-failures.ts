import { minute } from "../base/clock.ts";
import type { Log } from "../server/log.ts";

/**
 * Requests that failed authentication have no principal to record, and strangers could flood the audit trail with them: they
 * are counted by error, and logged once a minute.
 */
export function countAuthenticationFailures(log: Log): {
  count(failure: { readonly code: string }): void;
  stop(): void;
} {
  const counts = new Map<string, number>();
  const tell = (): void => {
    for (const [code, requests] of counts)
      log("warn", "requests failed authentication in the last minute", { code, requests });
    counts.clear();
  };
  const timer = setInterval(tell, minute);
  timer.unref();
  return {
    count: ({ code }) => counts.set(code, (counts.get(code) ?? 0) + 1),
    stop() {
      clearInterval(timer);
      tell();
    },
  };
}
