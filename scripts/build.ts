// Builds dist/ from src/ for the published package: types are replaced by spaces, so lines and columns stay.
import {
  copyFileSync,
  globSync,
  mkdirSync,
  readFileSync,
  rmSync,
  statSync,
  writeFileSync,
} from "node:fs";
import { stripTypeScriptTypes } from "node:module";
import { dirname, join } from "node:path";

/** Text that names a relative TypeScript file: an import's specifier, or the URL of a worker. */
const relativeFile = /(["'])(\.{1,2}\/[^"'\n]*)\.ts\1/g;

rmSync("dist", { recursive: true, force: true });
for (const file of globSync("**/*", { cwd: "src", exclude: ["**/*.test.ts"] })) {
  const source = join("src", file);
  if (statSync(source).isDirectory()) continue;
  const target = join("dist", file);
  mkdirSync(dirname(target), { recursive: true });
  if (!file.endsWith(".ts")) copyFileSync(source, target);
  else writeFileSync(target.replace(/\.ts$/, ".js"), built(readFileSync(source, "utf8")));
}

function built(text: string): string {
  return stripTypeScriptTypes(text).replaceAll(relativeFile, "$1$2.js$1");
}
