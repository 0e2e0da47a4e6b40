import * as assert from "node:assert/strict";
import { existsSync, readFileSync } from "node:fs";
import { join, resolve } from "node:path";
import { test } from "node:test";

/** Members that all cases of the project have, whatever the algorithm. */
export interface WycheproofCase {
  readonly tcId: number;
  readonly comment?: string;
  readonly flags: readonly string[];
  readonly result: "valid" | "acceptable" | "invalid";
}

/** How many cases of each result a file has: a file that was not read has none. */
export type Counts = Readonly<Record<WycheproofCase["result"], number>>;

const root = join(import.meta.dirname, "../..");
const folder = resolve(root, process.env["VECTORS_DIR"] ?? "../shared/vectors", "wycheproof");
const present = existsSync(folder);
const inCi = process.env["CI"] === "true";
const missing = "the vectors of Wycheproof are not here: set VECTORS_DIR";

/** What docs/wycheproof.md decides about acceptable cases, by flag. */
const decisions = new Map(
  [
    ...readFileSync(join(root, "docs/wycheproof.md"), "utf8").matchAll(
      /^\| `(\w+)` \|.*\| (accept|refuse) \|/gm,
    ),
  ].map(([, flag, decision]) => [flag, decision === "accept"]),
);

/**
 * Runs every case of a file: valid ones must be accepted, invalid ones refused, acceptable ones as docs/wycheproof.md
 * decides. `foreign` names valid cases that use what AWS does not have (a label, a context): those must be refused.
 */
export function checkFile<Group, Case>(
  file: string,
  expected: Counts,
  accepts: (test: Case & WycheproofCase, group: Group) => boolean | Promise<boolean>,
  foreign: (test: Case & WycheproofCase) => boolean = () => false,
): void {
  const skip = !present && !inCi && missing;
  test(`${file}: every case is decided as published`, { skip }, async () => {
    assert.ok(present, missing);
    const { testGroups }: { readonly testGroups: readonly GroupOf<Group, Case>[] } = JSON.parse(
      readFileSync(join(folder, file), "utf8"),
    );
    const counts = { valid: 0, acceptable: 0, invalid: 0 };
    const wrong: string[] = [];
    for (const group of testGroups)
      for (const each of group.tests) {
        counts[each.result]++;
        const wanted = isWanted(each) && !foreign(each);
        if ((await accepts(each, group)) !== wanted)
          wrong.push(`${each.tcId} ${each.result} [${each.flags.join()}] ${each.comment ?? ""}`);
      }
    assert.deepEqual(wrong, []);
    assert.deepEqual(counts, expected);
  });
}

type GroupOf<Group, Case> = Group & { readonly tests: readonly (Case & WycheproofCase)[] };

function isWanted({ tcId, result, flags }: WycheproofCase): boolean {
  if (result !== "acceptable") return result === "valid";
  const decided = flags.map((flag) => decisions.get(flag));
  assert.ok(!decided.includes(undefined), `docs/wycheproof.md does not decide case ${tcId}`);
  return decided.every((decision) => decision === true);
}
