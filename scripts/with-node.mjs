// Runs a script of this repository as Keywright itself is run: node scripts/with-node.mjs FILE [ARGUMENTS]
import { fileURLToPath } from "node:url";
import { launch } from "../bin/launch.mjs";
import { setUp } from "./setup.mjs";

const [file, ...args] = process.argv.slice(2);
if (file === undefined) {
  console.error("usage: node scripts/with-node.mjs FILE [ARGUMENTS]");
  process.exit(2);
}
setUp({ development: true });
launch(file, args, fileURLToPath(new URL("../node_modules/.cache/keywright", import.meta.url)));
