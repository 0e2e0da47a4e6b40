import * as assert from "node:assert/strict";
import { globSync, readFileSync } from "node:fs";
import { dirname, posix } from "node:path";
import { test } from "node:test";

/** Folders of src/ from the innermost to the outermost. A file imports its own folder and those before it. */
const order = [
  "base",
  "shape",
  "crypto",
  "authorization",
  "audit",
  "keystore",
  "database",
  "api",
  "services",
  "server",
  "config-values.ts",
  "config-table.ts",
  "config-file.ts",
  "config.ts",
  "cli",
  "composition",
  "main.ts",
];

/** Folders that must stay free of I/O, clock and state: they may import these built-in modules only. */
const pure: Readonly<Record<string, readonly string[]>> = {
  base: [],
  shape: [],
  crypto: ["cborg", "koffi", "node:crypto", "node:util", "shamir-secret-sharing"],
  authorization: [],
  audit: [],
};

const importSpecifier =
  /^\s*(?:import|export)\b[^;]*?\bfrom\s+"([^"]+)"|^\s*import\s+"([^"]+)"|\bimport\("([^"]+)"\)/gm;
const files = globSync("src/**/*.ts").filter((file) => !file.endsWith(".test.ts"));

/** Source without its comments. */
const code = (file: string): string =>
  readFileSync(file, "utf8").replaceAll(/\/\*[\s\S]*?\*\/|^\s*\/\/.*$/gm, "");

for (const file of files.toSorted()) {
  const [, layer = ""] = file.split("/");
  test(`${file} imports only what its layer may`, () => {
    assert.ok(order.includes(layer), `${layer} is no layer`);
    for (const match of readFileSync(file, "utf8").matchAll(importSpecifier)) {
      const specifier = match[1] ?? match[2] ?? match[3] ?? "";
      if (specifier.startsWith(".")) requireLeftward(file, layer, specifier);
      else if (layer in pure)
        assert.ok(
          pure[layer]?.includes(specifier),
          `${layer} is pure and must not import ${specifier}`,
        );
    }
  });
}

function requireLeftward(file: string, layer: string, specifier: string): void {
  assert.ok(specifier.endsWith(".ts"), `${specifier} must name a .ts file`);
  const target = posix.join(dirname(file), specifier);
  const [, targetLayer = "", targetService] = target.split("/");
  assert.ok(
    order.indexOf(targetLayer) <= order.indexOf(layer),
    `${layer} must not import ${targetLayer} (${specifier})`,
  );
  if (layer === "services" && targetLayer === "services")
    assert.equal(targetService, file.split("/")[2], "services never import each other");
}

const only = (what: string, pattern: RegExp, allowed: (file: string) => boolean): void => {
  test(what, () => {
    const offenders = files.filter((file) => !allowed(file) && pattern.test(code(file)));
    assert.deepEqual(offenders, []);
  });
};

only("only config.ts reads the environment", /process\.env\b/, (file) => file === "src/config.ts");
only(
  "only database/ and a service's tables/ contain SQL",
  /\bsql`/,
  (file) => file.startsWith("src/database/") || file.includes("/tables/"),
);
only(
  "the pure layers ask no clock",
  /\bnew Date\(\)|\bDate\.now\(/,
  (file) => !(file.split("/")[1] ?? "") || !((file.split("/")[1] ?? "") in pure),
);
only(
  "only crypto/ draws randomness",
  /\b(randomBytes|randomInt|randomUUID|Math\.random)\b.*from "node:crypto"|Math\.random/,
  (file) => file.startsWith("src/crypto/"),
);
only("nothing escapes the type checker by `any`", /\bas any\b|: any\b/, () => false);
only("handlers are called by the pipeline only", /\.handle\(/, (file) => file === "src/api/run.ts");
only("via is set by forward only", /\bcalledVia\s*=/, (file) => file === "src/api/context.ts");
only(
  "service principals are made by asService only",
  /\btype:\s*"Service"|\bnew CallContext\(/,
  (file) => file === "src/api/context.ts",
);
only(
  "nothing that reads requests makes calls as a service or through one",
  /\.asService\(|\.forward\(/,
  (file) => /^src\/(api|services|composition)\//.test(file),
);
