// `npm run check`: everything that must hold of the sources, in the order in which it is cheapest to find out.
import { spawnSync } from "node:child_process";
import { fileURLToPath } from "node:url";
import { findNode, nodeFlags } from "../bin/launch.mjs";
import { setUp, setUpClients } from "./setup.mjs";

const root = fileURLToPath(new URL("..", import.meta.url));
/** Tests that attack or measure: they compute for long, and half as long again when each line that they run is counted. */
const long = ["bench/**/*.test.ts", "test/{faults,fuzz,oracle,security}/**/*.test.ts"];
const others = [
  "src/**/*.test.ts",
  "test/*.test.ts",
  "test/!(faults|fuzz|oracle|security)/**/*.test.ts",
];

const bin = (name, ...args) => [`node_modules/.bin/${name}`, args];
const steps = (node) => [
  ["types", bin("tsc", "-p", ".")],
  ["format and lint", bin("biome", "ci", "--error-on-warnings")],
  ["type-aware lint", bin("oxlint", "--type-aware", "--deny-warnings", "src", "test", "bench")],
  ["unused code", bin("knip", "--no-progress")],
  [
    "tests",
    [
      node,
      [
        ...nodeFlags,
        "--test",
        "--test-concurrency=2",
        "--experimental-test-coverage",
        "--test-coverage-include=src/**/*.ts",
        "--test-coverage-exclude=src/**/*.test.ts",
        "--test-coverage-lines=90",
        ...others,
      ],
    ],
  ],
  ["long tests", [node, [...nodeFlags, "--test", "--test-concurrency=2", ...long]]],
];

/** Runs every step, also after one has failed, and exits with 1 if any has. */
export function check() {
  setUp({ development: true });
  setUpClients();
  const results = steps(findNode()).map(([name, [command, args]]) => {
    console.log(`\n== ${name}`);
    const started = Date.now();
    const { status, error } = spawnSync(command, args, {
      cwd: root,
      stdio: ["ignore", "inherit", "inherit"],
    });
    if (error) console.error(`keywright: ${name} could not run: ${error.message}`);
    return { name, passed: status === 0, seconds: Math.round((Date.now() - started) / 1000) };
  });
  console.log("");
  for (const { name, passed, seconds } of results)
    console.log(`${passed ? "passed" : "FAILED"}  ${name} (${seconds} s)`);
  const failed = results.filter((each) => !each.passed).length;
  console.log(`\n${results.length - failed} passed, ${failed} failed`);
  process.exitCode = failed === 0 ? 0 : 1;
}

if (process.argv[1] === fileURLToPath(import.meta.url)) check();
