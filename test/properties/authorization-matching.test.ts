// biome-ignore-all lint/suspicious/noTemplateCurlyInString: policy variables look like this
import * as assert from "node:assert/strict";
import { test } from "node:test";
import fc from "fast-check";
import type { Text } from "../../src/authorization/glob.ts";
import { globMatches, parseGlob } from "../../src/authorization/glob.ts";
import { findGrant, isAsStrict } from "../../src/authorization/grants.ts";
import { compileArn, compileText } from "../../src/authorization/match.ts";
import { parsePolicy } from "../../src/authorization/policy-document.ts";
import type {
  AuthorizationRequest,
  GrantConstraints,
  Principal,
} from "../../src/authorization/request.ts";

const account = "111122223333";
const ann: Principal = {
  type: "User",
  arn: `arn:aws:iam::${account}:user/ann`,
  account,
  userId: "AIDAEXAMPLEEXAMPLE",
};

test("whatever a grant as strict as another allows, the other allows", () => {
  const pairs = fc.dictionary(fc.constantFrom("a", "b"), fc.constantFrom("1", "2"), { maxKeys: 2 });
  const scope = fc.record({
    operations: fc.subarray(["Decrypt", "Encrypt", "DescribeKey"], { minLength: 1 }),
    constraints: fc.record(
      {
        EncryptionContextEquals: pairs,
        EncryptionContextSubset: pairs,
        SourceArn: fc.constantFrom("s", "t"),
      },
      { requiredKeys: [] },
    ) as fc.Arbitrary<GrantConstraints>,
  });
  const asked = fc.record({
    grantOperation: fc.constantFrom("Decrypt", "Encrypt", "DescribeKey"),
    encryptionContext: pairs,
    source: fc.constantFrom("s", "t"),
  });
  let strict = 0;
  fc.assert(
    fc.property(scope, scope, asked, (child, parent, { source, ...asks }) => {
      fc.pre(isAsStrict(child, parent));
      const given: AuthorizationRequest = {
        principal: ann,
        action: "kms:Decrypt",
        resource: `arn:aws:kms:us-east-1:${account}:key/1`,
        conditions: new Map([["aws:sourcearn", [source]]]),
        ...asks,
      };
      const allows = (each: typeof child) =>
        findGrant([{ grantId: "g", granteePrincipal: ann.arn, ...each }], given) !== undefined;
      strict++;
      assert.ok(!allows(child) || allows(parent));
    }),
    { numRuns: 500 },
  );
  assert.ok(strict > 100);
});

test("any text is either refused with MalformedPolicyDocumentException or read", () => {
  const almost = fc.json().map((json) => `{"Statement":${json}}`);
  fc.assert(
    fc.property(fc.oneof(fc.string(), fc.json(), almost), (text) => {
      try {
        parsePolicy(text, "key");
      } catch (error) {
        assert.equal((error as Error).name, "MalformedPolicyDocumentException");
      }
    }),
  );
});

/** The obvious matcher, exponential in the number of stars. */
function naive(pattern: string, text: string): boolean {
  if (pattern === "") return text === "";
  const [first, rest] = [pattern[0], pattern.slice(1)];
  if (first === "*") return naive(rest, text) || (text !== "" && naive(pattern, text.slice(1)));
  return text !== "" && (first === "?" || first === text[0]) && naive(rest, text.slice(1));
}

const words = (alphabet: string, maxLength: number) =>
  fc.string({ unit: fc.constantFrom(...alphabet), maxLength });

test("the glob agrees with a naive matcher", () => {
  fc.assert(
    fc.property(words("ab*?", 8), words("ab", 10), (pattern, text) => {
      const wanted = naive(pattern, text);
      assert.equal(globMatches(parseGlob(pattern), text), wanted);
      assert.equal(
        compileText(pattern, { wildcards: true, variables: true })?.(text, new Map()),
        wanted,
      );
    }),
    { numRuns: 10_000 },
  );
});

test("an ARN pattern agrees with a naive matcher of each part", () => {
  const part = words("ab*?", 3);
  const given = fc.tuple(
    fc.array(part, { minLength: 6, maxLength: 6 }),
    fc.array(words("ab", 3), { minLength: 6, maxLength: 6 }),
  );
  fc.assert(
    fc.property(given, words("a:", 2), ([pattern, text], more) => {
      const texts = text.with(5, `${text[5]}${more}`);
      const wanted = pattern.every((each, index) => naive(each, texts[index] ?? ""));
      assert.equal(compileArn(pattern.join(":"), true)?.(texts.join(":"), new Map()), wanted);
    }),
    { numRuns: 10_000 },
  );
});

test("what a variable stands for is never a pattern", () => {
  fc.assert(
    fc.property(words("ab*?$", 6), words("ab*?$", 6), (tag, text) => {
      const matcher = compileText("${aws:PrincipalTag/t}", { wildcards: true, variables: true });
      assert.equal(matcher?.(text, new Map([["aws:principaltag/t", [tag]]])), tag === text);
    }),
  );
});

/** A text that counts how often it is looked at. */
function counted(text: string): Text & { readonly steps: () => number } {
  let steps = 0;
  return {
    length: text.length,
    charCodeAt: (index) => {
      steps++;
      return text.charCodeAt(index);
    },
    steps: () => steps,
  };
}

test("a 32 KiB policy of wildcards against a 2 KiB ARN stays within a bound of steps", () => {
  const arn = `arn:aws:kms:us-east-1:${account}:key/`.padEnd(2048, "a");
  const policyBytes = 32 * 1024;
  const stepsOf = (pattern: string) => {
    const text = counted(arn);
    assert.equal(globMatches(parseGlob(pattern), text), false);
    return text.steps();
  };
  // Naive matchers are exponential in these; one backtracking point makes them linear.
  const stars = "*a".repeat(30).concat("*b");
  assert.ok(stepsOf(stars) <= 2 * (stars.length + arn.length));
  const whole = "*a".repeat(policyBytes / 2 - 1).concat("*b");
  assert.ok(stepsOf(whole) <= 2 * (whole.length + arn.length));
  // The worst pattern for one backtracking point: a long run that fails at its end, at every place.
  const worst = `*${"a".repeat(arn.length / 2)}b`;
  const patterns = Math.floor(policyBytes / worst.length);
  assert.ok(patterns * stepsOf(worst) <= policyBytes * arn.length);
});

test("matching wildcards never takes more steps than pattern times text", () => {
  fc.assert(
    fc.property(words("ab*?", 30), words("ab", 60), (pattern, text) => {
      const seen = counted(text);
      globMatches(parseGlob(pattern), seen);
      assert.ok(seen.steps() <= (pattern.length + 1) * (text.length + 1));
    }),
    { numRuns: 5000 },
  );
});

test("no pattern costs more than a few reads of each character of the text", () => {
  const long = "a".repeat(4_000);
  const hostile = [
    `*${long}b`,
    `*b${long}`,
    `*?${long}b*`,
    `*${"a*".repeat(2_000)}b`,
    `${"*?a".repeat(1_000)}b`,
  ];
  for (const pattern of hostile) {
    const segments = pattern.split("*").length;
    let reads = 0;
    const text: Text = {
      length: 8_000,
      charCodeAt: () => {
        reads++;
        return 0x61;
      },
    };
    globMatches(parseGlob(pattern), text);
    assert.ok(
      reads <= 2 * 8_000 + pattern.length + segments,
      `${pattern.slice(0, 20)}… read ${reads} characters`,
    );
  }
});
