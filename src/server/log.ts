import type { Clock } from "../base/clock.ts";

const levels = ["debug", "info", "warn", "error"] as const;

/** How much an operator wants to know of a line. */
export type LogLevel = (typeof levels)[number];

/** What a line may carry: scalars and errors. Never a header, a body or a secret. */
export type LogFields = Readonly<Record<string, string | number | boolean | Error | undefined>>;

/** Writes one line of the log. */
export type Log = (level: LogLevel, message: string, fields?: LogFields) => void;

/** Whether text names a level. */
export function isLogLevel(text: string): text is LogLevel {
  return levels.some((level) => level === text);
}

/** What was thrown, as an error that a line can carry. */
export function asError(thrown: unknown): Error {
  return thrown instanceof Error ? thrown : new Error(String(thrown));
}

/** A log of one JSON object per line, from a level upwards. */
export function jsonLog(threshold: LogLevel, clock: Clock, write: (line: string) => void): Log {
  const lowest = levels.indexOf(threshold);
  return (level, message, fields = {}) => {
    if (levels.indexOf(level) < lowest) return;
    const line: Record<string, unknown> = { time: clock().toISOString(), level, message };
    for (const [name, value] of Object.entries(fields))
      line[name] = value instanceof Error ? describe(value) : value;
    write(`${JSON.stringify(line)}\n`);
  };
}

/** An error and its causes, each with its stack and without its other members, which could hold anything. */
function describe(error: Error, depth = 0): Readonly<Record<string, unknown>> {
  const { name, message, stack, cause } = error;
  const known = cause instanceof Error && depth < 8;
  return { name, message, stack, ...(known && { cause: describe(cause, depth + 1) }) };
}
