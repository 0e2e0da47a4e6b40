import { before, describe, test } from "node:test";
import type { IAM } from "@aws-sdk/client-iam";
import { openServer } from "../conformance/support.ts";
import { policyOf } from "./policies-support.ts";
import { connectIam, refusedBy } from "./support.ts";

describe("refusals of policies", () => {
  let iam: IAM;
  before(async () => {
    iam = connectIam(await openServer());
  });

  test("a policy is refused in IAM's words, of which its first fault is told", async () => {
    const statement = { Effect: "Allow", Action: "kms:ListKeys", Resource: "*" };
    const prefix = "Actions/Conditions must be prefaced by a vendor, e.g., iam, sdb, ec2, etc.";
    const colon = "Actions/Condition can contain only one colon.";
    const partition = (name: string, arn: string) =>
      `Partition "${name}" is not valid for resource "${arn}".`;
    const faults: readonly (readonly [object, string])[] = [
      [{ Effect: "allow" }, "Syntax errors in policy."],
      [{ Effects: "Allow" }, "Syntax errors in policy."],
      [{ NotAction: [] }, "Syntax errors in policy."],
      [{ Resource: ["x", {}] }, "Syntax errors in policy."],
      [{ Condition: { StringEqualz: { "aws:username": "x" } } }, "Syntax errors in policy."],
      [{ Action: undefined }, "Policy statement must contain actions."],
      [{ Action: [] }, "Policy statement must contain actions."],
      [{ Resource: undefined, Action: "ListKeys" }, "Policy statement must contain resources."],
      [{ Resource: [] }, "Policy statement must contain resources."],
      [{ Resource: "x", Action: "a:b:c" }, 'Resource x must be in ARN format or "*".'],
      [{ Resource: "" }, 'Resource  must be in ARN format or "*".'],
      [{ Resource: "a:b" }, partition("b", "arn:b:*:*:*:*")],
      [{ Resource: "a:b:c:d:e:f:g:h" }, partition("b", "arn:b:c:d:e:f:g:h")],
      [{ Resource: "aws:s3:::x" }, partition("s3", "arn:s3:::x:*")],
      [{ Action: "ListKeys" }, prefix],
      [{ Action: undefined, NotAction: "" }, prefix],
      [{ Action: "kms:List:Keys" }, colon],
      [{ Action: "k m:ListKeys" }, "Vendor k m is not valid"],
    ];
    for (const [change, message] of faults)
      await refusedBy(
        iam.createPolicy({
          PolicyName: "bad",
          PolicyDocument: policyOf({ ...statement, ...change }),
        }),
        "MalformedPolicyDocumentException",
        400,
        message,
      );
    const twice = { ...statement, Sid: "same" };
    await refusedBy(
      iam.createPolicy({
        PolicyName: "bad",
        PolicyDocument: policyOf(twice, { ...twice, Action: undefined }),
      }),
      "MalformedPolicyDocumentException",
      400,
      "Statement IDs (SID) in a single policy must be unique.",
    );
  });

  test("keys of tags that break a rule are refused with every rule, but without the keys", async () => {
    const rules = [
      "Member must have length less than or equal to 128",
      "Member must have length greater than or equal to 1",
      "Member must satisfy regular expression pattern: [\\p{L}\\p{Z}\\p{N}_.:/=+\\-@]+",
      "Member must not be null",
    ];
    await refusedBy(
      iam.untagRole({ RoleName: "any", TagKeys: ["what?"] }),
      "ValidationError",
      400,
      `1 validation error detected: Value at 'tagKeys' failed to satisfy constraint: Member must satisfy constraint: [${rules.join(", ")}]`,
    );
  });

  test("names of services may have dots, those of actions hyphens", async () => {
    const statement = { Effect: "Allow", Resource: "*" };
    for (const Action of ["a.b:List", "a-b:list-keys"])
      await iam.createPolicy({
        PolicyName: Action.replace(":", "-"),
        PolicyDocument: policyOf({ ...statement, Action }),
      });
    await refusedBy(
      iam.createPolicy({
        PolicyName: "bad",
        PolicyDocument: policyOf({ ...statement, Action: "kms:List Keys" }),
      }),
      "MalformedPolicyDocumentException",
      400,
      "Syntax errors in policy.",
    );
  });
});
