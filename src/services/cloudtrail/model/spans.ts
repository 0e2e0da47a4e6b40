import type { TrailPosition } from "../../../audit/trail.ts";

/** A time in which a trail logs. */
export interface Span {
  /** The newest record when it was started: it delivers what came behind it. */
  readonly from: TrailPosition;
  /** When it was stopped, in seconds since 1970; undefined while it logs. */
  readonly to?: number;
}

/** More are never kept apart. Of the oldest two, what lies between is delivered too, rather than that something is not. */
const mostSpans = 100;

/** The spans of a trail that is started behind a record. */
export function started(spans: readonly Span[], from: TrailPosition): readonly Span[] {
  const [first, second, ...rest] = spans;
  if (spans.length < mostSpans || first === undefined || second === undefined)
    return [...spans, { from }];
  return [{ ...second, from: first.from }, ...rest, { from }];
}

/** The spans of a trail that is stopped at a moment. */
export function stopped(spans: readonly Span[], at: Date): readonly Span[] {
  return spans.map((span) =>
    span.to === undefined ? { ...span, to: Math.floor(at.getTime() / 1_000) } : span,
  );
}

/** Whether a trail logged when an event happened, given in seconds since 1970. */
export function isLogged(
  spans: readonly Span[],
  { position, time }: { readonly position: TrailPosition; readonly time: number },
): boolean {
  return spans.some(({ from, to }) => position > from && (to === undefined || time <= to));
}

/** When the trail was stopped the last time; undefined while it logs, or if it never did. */
export function lastStop(spans: readonly Span[]): number | undefined {
  return spans.at(-1)?.to;
}

/** Where delivery goes on that has come so far and has ended with a stop: what happened until the next start is not delivered. */
export function nextPosition(
  spans: readonly Span[],
  { position, ended }: { readonly position: TrailPosition; readonly ended?: number },
): TrailPosition {
  if (ended === undefined) return position;
  const next = spans.find(({ to }) => to === undefined || to > ended);
  return Math.max(position, next?.from ?? 0);
}
