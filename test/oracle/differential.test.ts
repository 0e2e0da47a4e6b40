import * as assert from "node:assert/strict";
import { test } from "node:test";
import { questionOf, worldOf } from "./cases.ts";
import { engineVerdict, policiesOf } from "./engine.ts";
import type { Verdict } from "./naive.ts";
import { naiveVerdict } from "./naive.ts";
import { Dice } from "./random.ts";

/** Other questions every day. KEYWRIGHT_DIFFERENTIAL_SEED asks those of a day again, KEYWRIGHT_DIFFERENTIAL_CASES more or fewer. */
const usualCases = 500_000;
const cases = Number(process.env["KEYWRIGHT_DIFFERENTIAL_CASES"] ?? usualCases);
const seed = Number(
  process.env["KEYWRIGHT_DIFFERENTIAL_SEED"] ?? Math.floor(Date.now() / 86_400_000),
);
const questionsPerWorld = 10;

test("the engine and the naive evaluator decide alike", (context) => {
  const dice = new Dice(seed);
  const counts: Record<Verdict, number> = { allow: 0, "explicit-deny": 0, "no-allow": 0 };
  for (let asked = 0; asked < cases; ) {
    const world = worldOf(dice);
    const policies = policiesOf(world);
    for (let more = questionsPerWorld; more > 0; more--, asked++) {
      const question = questionOf(dice, world);
      const verdict = engineVerdict(question, policies);
      counts[verdict]++;
      const wanted = naiveVerdict(question, world);
      if (verdict === wanted) continue;
      const both = `seed ${seed}, question ${asked}: engine ${verdict}, naive ${wanted}`;
      assert.fail(`${both}\n${JSON.stringify({ question, world })}`);
    }
  }
  context.diagnostic(`seed ${seed}: ${cases} questions, ${JSON.stringify(counts)}`);
  const deny = counts["explicit-deny"] + counts["no-allow"];
  assert.ok(Math.min(counts.allow, deny) >= cases / 5, JSON.stringify(counts));
});
