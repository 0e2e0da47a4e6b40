/**
 * Wildcard patterns over text, in time that a tenant cannot blow up: about text × pattern ÷ 32 machine steps at worst,
 * however the pattern is built (a bit-parallel search; no backtracking, no regular expression).
 */

/** Character codes, `anyRun` for `*`, `anyOne` for `?`. */
export type Glob = readonly number[];

/** What matching reads of a text. */
export interface Text {
  readonly length: number;
  charCodeAt(index: number): number;
}

export const anyRun = -1;
const anyOne = -2;

/** Reads text as a glob in which only `*` and `?` are special. */
export function parseGlob(text: string): Glob {
  const glob: number[] = [];
  for (let at = 0; at < text.length; at++)
    pushUnit(glob, wildcard(text[at]) ?? text.charCodeAt(at));
  return glob;
}

/** What a character means as a wildcard; undefined for all others. */
export function wildcard(character: string | undefined): number | undefined {
  return character === "*" ? anyRun : character === "?" ? anyOne : undefined;
}

/** Appends a unit; runs of `*` mean one. */
export function pushUnit(list: unknown[], unit: number): void {
  if (unit !== anyRun || list.at(-1) !== anyRun) list.push(unit);
}

/** Whether a text matches a glob. */
export function globMatches(glob: Glob, text: Text): boolean {
  return compileGlob(glob)(text);
}

/** Compiles a glob: the parts before the first and behind the last `*` are anchored, those between are searched in order. */
export function compileGlob(glob: Glob): (text: Text) => boolean {
  const [first = [], ...rest] = splitRuns(glob);
  const last = rest.pop();
  if (last === undefined) return (text) => text.length === first.length && standsAt(first, text, 0);
  const searches = rest.map(compileSearch);
  const least = first.length + last.length;
  return (text) => {
    const end = text.length - last.length;
    if (text.length < least || !standsAt(first, text, 0) || !standsAt(last, text, end))
      return false;
    let at = first.length;
    for (const search of searches) {
      at = search(text, at, end);
      if (at < 0) return false;
    }
    return true;
  };
}

function splitRuns(glob: Glob): readonly Glob[] {
  const segments: number[][] = [[]];
  for (const unit of glob) {
    if (unit === anyRun) segments.push([]);
    else segments.at(-1)?.push(unit);
  }
  return segments;
}

function standsAt(segment: Glob, text: Text, start: number): boolean {
  return segment.every((unit, index) => unit === anyOne || unit === text.charCodeAt(start + index));
}

/** A search for a segment between `from` and `end`: the index behind its first place, or -1. */
type Search = (text: Text, from: number, end: number) => number;

/** Shift-And: bit i of the state says that the first i + 1 units of the segment end at the present character. */
function compileSearch(segment: Glob): Search {
  if (segment.length === 0) return (_text, from) => from;
  const words = Math.ceil(segment.length / 32);
  const { masks, others } = compileMasks(segment, words);
  const lastBit = 1 << ((segment.length - 1) % 32);
  return (text, from, end) => {
    const state = new Uint32Array(words);
    for (let at = from; at < end; at++) {
      const mask = masks.get(text.charCodeAt(at)) ?? others;
      let carry = 1;
      for (let word = 0; word < words; word++) {
        const bits = state[word] ?? 0;
        state[word] = ((bits << 1) | carry) & (mask[word] ?? 0);
        carry = bits >>> 31;
      }
      if (((state[words - 1] ?? 0) & lastBit) !== 0) return at + 1;
    }
    return -1;
  };
}

/** For each character of a segment the units that it satisfies; `others` for the characters that it does not name. */
function compileMasks(segment: Glob, words: number) {
  const others = new Uint32Array(words);
  const set = (mask: Uint32Array, index: number): void => {
    const word = index >>> 5;
    mask[word] = (mask[word] ?? 0) | (1 << (index & 31));
  };
  segment.forEach((unit, index) => {
    if (unit === anyOne) set(others, index);
  });
  const masks = new Map<number, Uint32Array>();
  segment.forEach((unit, index) => {
    if (unit === anyOne) return;
    const mask = masks.get(unit) ?? others.slice();
    set(mask, index);
    masks.set(unit, mask);
  });
  return { masks, others };
}
