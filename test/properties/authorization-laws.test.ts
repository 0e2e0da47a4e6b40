import * as assert from "node:assert/strict";
import { test } from "node:test";
import { decide } from "../../src/authorization/decide.ts";
import { DecisionCache } from "../../src/authorization/decision-cache.ts";
import { explain } from "../../src/authorization/explanation.ts";
import { parsePolicy } from "../../src/authorization/policy-document.ts";
import { formatPolicy } from "../../src/authorization/policy-format.ts";
import { ownerOf } from "../../src/authorization/request.ts";
import { policyOf, questionOf, worldOf } from "../oracle/cases.ts";
import { engineVerdict, policiesOf, requestOf } from "../oracle/engine.ts";
import type { Question, RawPolicy, RawStatement, World } from "../oracle/naive.ts";
import { Dice } from "../oracle/random.ts";

const seed = Number(
  process.env["KEYWRIGHT_DIFFERENTIAL_SEED"] ?? Math.floor(Date.now() / 86_400_000),
);
const cases = 10_000;

const allows = (question: Question, world: World): boolean =>
  engineVerdict(question, policiesOf(world)) === "allow";

/** Checks a law on generated worlds; it says how often it applied, which must not be never. */
function holds(law: (dice: Dice, world: World, question: Question) => boolean): void {
  const dice = new Dice(seed);
  let applied = 0;
  for (let count = 0; count < cases; count++) {
    const world = worldOf(dice);
    const question = questionOf(dice, world);
    try {
      if (law(dice, world, question)) applied++;
    } catch (cause) {
      const given = JSON.stringify({ question, world });
      throw new Error(`seed ${seed}, case ${count}: ${given}`, { cause });
    }
  }
  assert.ok(applied > cases / 50, `applied ${applied} times of ${cases}`);
}

const layers = ["resource", "identity", "boundary", "session", "serviceControl"] as const;

/** The world with every one of its policies changed. */
function mapPolicies(
  world: World,
  change: (policy: RawPolicy, layer: (typeof layers)[number]) => RawPolicy,
): World {
  const { identity, boundary, session, serviceControl, resource } = world;
  return {
    ...world,
    identity: identity.map((policy) => change(policy, "identity")),
    ...(boundary && { boundary: change(boundary, "boundary") }),
    ...(session && { session: session.map((policy) => change(policy, "session")) }),
    ...(serviceControl && {
      serviceControl: serviceControl.map((level) =>
        level.map((policy) => change(policy, "serviceControl")),
      ),
    }),
    ...(resource && { resource: change(resource, "resource") }),
  };
}

test("a layer that is added never allows", () => {
  holds((dice, world, question) => {
    const added = policyOf(dice, "identity");
    const layer = dice.pick(["boundary", "session", "serviceControl"] as const);
    if (layer !== "serviceControl" && world[layer] !== undefined) return false;
    const more =
      layer === "boundary"
        ? { ...world, boundary: added }
        : layer === "session"
          ? { ...world, session: [added] }
          : { ...world, serviceControl: [...(world.serviceControl ?? []), [added]] };
    if (!allows(question, more)) return false;
    assert.ok(allows(question, world));
    return true;
  });
});

test("a deny that is added to any policy never allows", () => {
  holds((dice, world, question) => {
    const kind = world.kind;
    const more = mapPolicies(world, (policy, layer) => {
      const [statement] = policyOf(dice, layer === "resource" ? kind : "identity").Statement;
      if (statement === undefined || dice.chance(50)) return policy;
      return { ...policy, Statement: [...policy.Statement, { ...statement, Effect: "Deny" }] };
    });
    if (!allows(question, more)) return false;
    assert.ok(allows(question, world));
    return true;
  });
});

test("an allow that is removed from any policy never allows", () => {
  const isKept = (dice: Dice) => (statement: RawStatement) =>
    statement.Effect === "Deny" || dice.chance(70);
  holds((dice, world, question) => {
    const fewer = mapPolicies(world, (policy) => ({
      ...policy,
      Statement: policy.Statement.filter(isKept(dice)),
    }));
    if (!allows(question, fewer)) return false;
    assert.ok(allows(question, world));
    return true;
  });
});

test("neither the order of statements nor that of policies matters", () => {
  holds((_dice, world, question) => {
    const turned = mapPolicies(world, (policy) => ({
      ...policy,
      Statement: policy.Statement.toReversed(),
    }));
    const { session, serviceControl } = turned;
    const reversed: World = {
      ...turned,
      identity: turned.identity.toReversed(),
      ...(session && { session: session.toReversed() }),
      ...(serviceControl && {
        serviceControl: serviceControl.toReversed().map((level) => level.toReversed()),
      }),
      grants: turned.grants.toReversed(),
    };
    const [before, after] = [world, reversed].map((each) =>
      engineVerdict(question, policiesOf(each)),
    );
    assert.equal(after, before);
    return true;
  });
});

test("an explanation decides as the decision does, and names nothing of other accounts", () => {
  const accounts = ["111122223333", "444455556666"];
  holds((dice, world, question) => {
    // Every statement says in its Sid which layer it is of.
    const marked = mapPolicies(world, (policy, layer) => ({
      ...policy,
      Statement: policy.Statement.map((statement, index) => ({
        ...statement,
        Sid: `of${layer}${index}`,
      })),
    }));
    const policies = policiesOf({
      ...marked,
      grants: marked.grants.map((grant) => ({ ...grant, grantId: "ofresource" })),
    });
    const request = requestOf(question);
    const viewer = dice.pick(accounts);
    const explanation = explain(request, policies, viewer);
    assert.equal(explanation.allowed, decide(request, policies).allowed);
    const text = JSON.stringify(explanation);
    if (ownerOf(request) !== viewer) assert.doesNotMatch(text, /ofresource/);
    if (question.principal.account !== viewer)
      assert.doesNotMatch(text, /ofidentity|ofboundary|ofsession/);
    assert.doesNotMatch(text, /ofserviceControl/);
    return /"of[a-z]+/.test(text);
  });
});

test("an accepted policy, written and read again, is the same text", () => {
  holds((dice, { kind }) => {
    const drawn = { Id: 'é"\\\n', ...policyOf(dice, kind) };
    const once = formatPolicy(parsePolicy(JSON.stringify(drawn), kind));
    assert.equal(formatPolicy(parsePolicy(once, kind)), once);
    return true;
  });
});

test("what the cache remembers is what would be decided", () => {
  const cache = new DecisionCache();
  holds((dice, world) => {
    const policies = policiesOf(world);
    const callers = new Map<string, { readonly principal: Question["principal"] }>();
    for (let count = 0; count < 10; count++) {
      const request = requestOf(questionOf(dice, world));
      const { principal } = request;
      const caller = callers.get(principal.arn) ?? { principal };
      callers.set(principal.arn, caller);
      const remembered = cache.decide(request, policies, { caller, protection: policies });
      assert.deepEqual(remembered, decide(request, policies));
    }
    return true;
  });
});
