import { readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import type { Measurement } from "./measure.ts";
import { plotRatios } from "./plot.ts";
import { formatMeasurement } from "./report.ts";
import { rowsOf } from "./rows.ts";
import { names } from "./setting.ts";

const begin = "<!-- bench -->";
const end = "<!-- /bench -->";
const page = "performance.md";
const plot = "performance.svg";

/** Writes a run into a folder of documents: the tables between the marks of `performance.md`, and the plot beside it. */
export function publish(measurement: Measurement, folder: string, day: string): void {
  const ours = rowsOf(measurement.cells).filter(({ server }) => server === names.keywright);
  const picture = ours.length === 0 ? [] : [`![Requests a second, as part of the echo's](${plot})`];
  const text = readFileSync(join(folder, page), "utf8");
  const [before, rest] = splitOnce(text, begin);
  const [, after] = splitOnce(rest, end);
  const content = [begin, day, ...picture, formatMeasurement(measurement), end].join("\n\n");
  writeFileSync(join(folder, page), `${before}${content}${after}`);
  if (ours.length > 0) writeFileSync(join(folder, plot), plotRatios(ours));
}

function splitOnce(text: string, mark: string): readonly [string, string] {
  const at = text.indexOf(mark);
  if (at < 0) throw new Error(`${page} lacks the mark ${mark}`);
  return [text.slice(0, at), text.slice(at + mark.length)];
}
