import type { Log } from "../server/log.ts";

/** Tells when the writer begins and ends to keep the calls of a thread waiting. */
export function tellStalls(log: Log): (stalled: boolean) => void {
  return (stalled) => {
    if (stalled) log("error", "the disk does not answer: every call is refused until it does");
    else log("warn", "the disk answers again: calls are taken");
  };
}
