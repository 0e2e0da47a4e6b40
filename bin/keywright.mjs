#!/usr/bin/env node
// Runs Keywright on the Node.js it needs, whichever Node.js this is. In a checkout it runs the sources,
// in the published package the built files: Node.js strips no types below node_modules.
import { existsSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { launch } from "./launch.mjs";

const path = (relative) => fileURLToPath(new URL(relative, import.meta.url));
const arguments_ = process.argv.slice(2);

if (existsSync(path("../src/main.ts"))) {
  const { setUp } = await import("../scripts/setup.mjs");
  setUp({ development: false });
  launch(path("../src/main.ts"), arguments_, path("../node_modules/.cache/keywright"));
} else {
  launch(path("../dist/main.js"), arguments_);
}
