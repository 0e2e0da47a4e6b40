import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { positive, readArguments } from "./arguments.ts";
import { measureLarge } from "./large-measure.ts";
import { describeMachine } from "./machine.ts";

/**
 * How a large installation behaves: how long it takes to start, what memory it needs, and what keys, callers, pages and grants cost where
 * there are many. Every key has an alias and a grant; each principal is a user with an access key.
 */
const usage = `usage: node bench/large.ts [--keys 100000] [--principals 10000] [--grants 49000] [--used 5000] [--folder FOLDER]
A folder that is named is kept, and used again as it is.`;
const values = readArguments(usage, {
  keys: { type: "string", default: "100000" },
  principals: { type: "string", default: "10000" },
  grants: { type: "string", default: "49000" },
  used: { type: "string", default: "5000" },
  folder: { type: "string" },
});
const folder = values.folder ?? mkdtempSync(join(tmpdir(), "keywright-large-"));
const figures = await measureLarge(folder, {
  keys: positive(usage, values.keys),
  principals: positive(usage, values.principals),
  mostGrants: positive(usage, values.grants),
  used: positive(usage, values.used),
  seconds: 2,
  progress: (what, done) => {
    if (done % 50_000 === 0) process.stderr.write(`${done} ${what}\n`);
  },
});
if (values.folder === undefined) rmSync(folder, { recursive: true });
console.log(`| ${values.keys} keys, ${values.principals} principals | |`);
console.log("| --- | ---: |");
for (const [what, figure, unit] of figures)
  console.log(`| ${what} | ${figure.toPrecision(3)} ${unit} |`);
console.log(`\n${describeMachine()}`);
