import * as assert from "node:assert/strict";
import { test } from "node:test";
import { costsOf } from "./cpu-profile.ts";

const frame = (functionName: string, url: string) => {
  return { functionName, url, lineNumber: 4 };
};
const source = (path: string): string => new URL(`../src/${path}`, import.meta.url).href;
const nodes = [
  { id: 1, callFrame: frame("(root)", ""), children: [2, 5, 6] },
  { id: 2, callFrame: frame("parserOnBody", "node:_http_common"), children: [3] },
  { id: 3, callFrame: frame("answer", source("server/answer.ts")), children: [4] },
  { id: 4, callFrame: frame("writeHead", "node:_http_server") },
  { id: 5, callFrame: frame("(idle)", "") },
  { id: 6, callFrame: frame("(garbage collector)", "") },
];
const profile = {
  startTime: 1_000,
  nodes,
  samples: [2, 3, 4, 5, 6, 2],
  timeDeltas: [100, 10, 20, 30, 40, 50],
};

const row = (folder: string, place: string, self: number, withNode: number) => {
  return { folder, place, self, withNode };
};

test("what Node does for a function of the service is that function's time, idle time is nobody's", () => {
  const costs = costsOf(profile, { from: 0, to: 10_000 });
  assert.deepEqual(costs, [
    row("node: HTTP", "parserOnBody node:_http_common", 0, 10),
    row("server", "answer src/server/answer.ts:5", 20, 50),
    row("node: garbage collector", "(garbage collector)", 0, 50),
  ]);
});

test("what was sampled before and after the load does not count", () => {
  const costs = costsOf(profile, { from: 1_110, to: 1_130 });
  assert.deepEqual(costs, [row("server", "answer src/server/answer.ts:5", 20, 20)]);
});
