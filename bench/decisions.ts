/** What one decision costs in this process: made, remembered, and made against the worst policy. Nothing else is measured. */
import { compilePolicy } from "../src/authorization/compile.ts";
import { decide } from "../src/authorization/decide.ts";
import { DecisionCache } from "../src/authorization/decision-cache.ts";
import { defaultKeyPolicy } from "../src/authorization/default-policies.ts";
import { parsePolicy } from "../src/authorization/policy-document.ts";

const account = "111122223333";
const principal = {
  type: "User",
  arn: `arn:aws:iam::${account}:user/ann`,
  account,
  userId: "AIDAEXAMPLEEXAMPLE",
} as const;
const request = {
  principal,
  action: "kms:Decrypt",
  resource: `arn:aws:kms:us-east-1:${account}:key/`.padEnd(2_048, "a"),
  resourceAccount: account,
  conditions: new Map<string, readonly string[]>(),
};

function identityPolicy(resource: string | readonly string[]) {
  const statement = { Effect: "Allow", Action: "kms:*", Resource: resource };
  const text = JSON.stringify({ Version: "2012-10-17", Statement: statement });
  return compilePolicy(parsePolicy(text, "identity"), { kind: "identity", name: "bench" });
}

/** About 32 KiB of patterns that a backtracking matcher would never finish. */
const worst = Array.from(
  { length: 15 },
  (_each, index) => `arn:aws:kms:*:*:${"*a".repeat(1_050)}*b${index}*`,
);

const keyPolicy = compilePolicy(defaultKeyPolicy(account), { kind: "resource", name: "default" });
const resource = { policy: keyPolicy, trust: "key-policy" } as const;
const usual = { identity: [identityPolicy("*")], resource };
const hostile = { identity: [identityPolicy(worst)], resource };
const cache = new DecisionCache();
const standpoints = { caller: { principal }, protection: resource };

function nanoseconds(times: number, work: () => unknown): number {
  for (let count = 0; count < times / 10; count++) work();
  const started = process.hrtime.bigint();
  for (let count = 0; count < times; count++) work();
  return Number(process.hrtime.bigint() - started) / times;
}

const rows = [
  ["made", nanoseconds(1_000_000, () => decide(request, usual))],
  ["remembered", nanoseconds(1_000_000, () => cache.decide(request, usual, standpoints))],
  ["32 KiB of wildcards against a 2 KiB ARN", nanoseconds(200, () => decide(request, hostile))],
] as const;
for (const [name, cost] of rows) console.log(`${name}: ${(cost / 1000).toFixed(3)} µs`);
