import type { Row } from "./rows.ts";

const size = { width: 860, height: 420 };
const frame = { left: 56, right: 16, top: 56, bottom: 44 };
const inner = {
  width: size.width - frame.left - frame.right,
  height: size.height - frame.top - frame.bottom,
};

/** Readable on white and on black, for people who see few colours, too: neighbours differ in lightness. */
const colours = ["#0072b2", "#e69f00", "#009e73", "#cc79a7", "#d55e00"];

/** A dot for each ratio to the echo, by operation and connections, with whiskers from the smallest to the largest; as SVG. */
export function plotRatios(rows: readonly Row[]): string {
  const points = rows.filter((row) => row.ratio !== undefined);
  const operations = [...new Set(points.map(({ operation }) => operation))];
  const connections = [...new Set(points.map((row) => row.connections))].toSorted((a, b) => a - b);
  const top = Math.ceil(Math.max(0.1, ...points.map(({ ratio }) => ratio?.max ?? 0)) * 10) / 10;
  const y = (value: number): number => frame.top + inner.height * (1 - value / top);
  const x = ({ operation, connections: count }: Row): number => {
    const band = inner.width / connections.length;
    const place = (operations.indexOf(operation) + 1) / (operations.length + 1);
    return frame.left + band * (connections.indexOf(count) + place);
  };
  return [
    `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 ${size.width} ${size.height}" role="img" aria-label="Requests a second of Keywright as part of the echo's">`,
    style,
    text(frame.left, 20, "title", "Requests a second, as part of a bare node:http echo"),
    ...operations.map(legend),
    ...ticks(top).map((value) => gridLine(y(value), value)),
    ...connections.map((count, index) => bandLabel(count, index, connections.length)),
    ...points.map((row) => whisker(row, x(row), y, operations.indexOf(row.operation))),
    "</svg>",
    "",
  ].join("\n");
}

const style = `<style>
text { font: 12px system-ui, sans-serif; fill: #333 }
.title { font-size: 14px; font-weight: 600 }
.end { text-anchor: end }
.middle { text-anchor: middle }
.grid { stroke: #888; stroke-opacity: 0.5; stroke-width: 0.5 }
@media (prefers-color-scheme: dark) { text { fill: #ddd } }
</style>`;

function text(x: number, y: number, kind: string, content: string): string {
  return `<text x="${round(x)}" y="${round(y)}" class="${kind}">${content}</text>`;
}

function legend(operation: string, index: number): string {
  const x = frame.left + 6 + index * 160;
  return `<circle cx="${x}" cy="38" r="5" fill="${colours[index]}"/>${text(x + 10, 42, "key", operation)}`;
}

/** At most eleven round values from 0. */
function ticks(top: number): readonly number[] {
  const step = top > 1 ? Math.ceil(top) / 10 : 0.1;
  return Array.from({ length: Math.floor(top / step + 1e-9) + 1 }, (_, index) => index * step);
}

function gridLine(y: number, value: number): string {
  const line = `<line x1="${frame.left}" x2="${size.width - frame.right}" y1="${round(y)}" y2="${round(y)}" class="grid"/>`;
  return `${line}${text(frame.left - 8, y + 4, "end", value.toFixed(1))}`;
}

function bandLabel(count: number, index: number, bands: number): string {
  const x = frame.left + (inner.width / bands) * (index + 0.5);
  const label = count === 1 ? "1 connection" : `${count} connections`;
  return text(x, size.height - 16, "middle", label);
}

function whisker(row: Row, x: number, y: (value: number) => number, index: number): string {
  const { ratio } = row;
  if (ratio === undefined) return "";
  const colour = colours[index];
  const [low, middle, high] = [ratio.min, ratio.median, ratio.max].map((value) => round(y(value)));
  const cap = (at: string | undefined): string => `M${round(x - 5)} ${at}h10`;
  return [
    `<g><title>${row.operation}, ${row.connections}: ${ratio.median.toFixed(3)} (${ratio.min.toFixed(3)}–${ratio.max.toFixed(3)})</title>`,
    `<path d="M${round(x)} ${low}V${high}${cap(low)}${cap(high)}" stroke="${colour}" stroke-width="1.5" fill="none"/>`,
    `<circle cx="${round(x)}" cy="${middle}" r="5" fill="${colour}"/></g>`,
  ].join("");
}

function round(value: number): string {
  return value.toFixed(1);
}
