/** Where the statements of a policy stand in its text, as IAM's simulations tell it: lines and columns from 1. */

export interface Position {
  readonly line: number;
  readonly column: number;
}

/** `end` is behind the last character. */
export interface Span {
  readonly start: Position;
  readonly end: Position;
}

/**
 * The places of the statements of a policy that has been read without a fault. In a list a statement starts behind the
 * bracket or the statement before it, as in AWS; one without a list starts with its brace.
 */
export function statementSpans(text: string): readonly Span[] {
  const positionOf = positionsIn(text);
  const spanOf = (start: number, end: number) => ({
    start: positionOf(start),
    end: positionOf(end),
  });
  const value = findStatement(text);
  if (text[value] === "{") return [spanOf(value, closing(text, value))];
  const spans: Span[] = [];
  let start = value + 1;
  for (let at = start; at < text.length && text[at] !== "]"; at++) {
    if (text[at] !== "{") continue;
    const end = closing(text, at);
    spans.push(spanOf(start, end));
    start = end;
    at = end - 1;
  }
  return spans;
}

/** The index at which the value of the document's Statement begins. */
function findStatement(text: string): number {
  for (let at = text.indexOf("{") + 1; at < text.length; at++) {
    const character = text[at];
    if (character === "{" || character === "[") at = closing(text, at) - 1;
    if (character !== '"') continue;
    const end = stringEnd(text, at);
    const colon = skipSpace(text, end);
    const isName = text[colon] === ":" && JSON.parse(text.slice(at, end)) === "Statement";
    if (isName) return skipSpace(text, colon + 1);
    at = end - 1;
  }
  return text.length;
}

/** The index behind the bracket that closes the one at `start`. */
function closing(text: string, start: number): number {
  let depth = 0;
  for (let at = start; at < text.length; at++) {
    const character = text[at];
    if (character === '"') at = stringEnd(text, at) - 1;
    else if (character === "{" || character === "[") depth++;
    else if (character === "}" || character === "]") depth--;
    if (depth === 0) return at + 1;
  }
  return text.length;
}

/** The index behind the string that starts at `start`. */
function stringEnd(text: string, start: number): number {
  let at = start + 1;
  while (at < text.length && text[at] !== '"') at += text[at] === "\\" ? 2 : 1;
  return at + 1;
}

function skipSpace(text: string, start: number): number {
  let at = start;
  while (" \t\r\n".includes(text[at] ?? "x")) at++;
  return at;
}

/** Positions of indexes that are asked in ascending order, so that the text is walked once. */
function positionsIn(text: string): (index: number) => Position {
  let line = 1;
  let lineStart = 0;
  return (index) => {
    for (let feed = text.indexOf("\n", lineStart); feed >= 0 && feed < index; ) {
      line++;
      lineStart = feed + 1;
      feed = text.indexOf("\n", lineStart);
    }
    return { line, column: index - lineStart + 1 };
  };
}
