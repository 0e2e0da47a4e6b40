import { decideFor } from "../../api/authorize.ts";
import type { CallContext } from "../../api/context.ts";
import type { Principals } from "../../api/principals.ts";
import { shownPolicy, storedPolicy } from "../../api/principals.ts";
import type { CompiledPolicy } from "../../authorization/compile.ts";
import { compilePolicy } from "../../authorization/compile.ts";
import { decide } from "../../authorization/decide.ts";
import { parsePolicy } from "../../authorization/policy-document.ts";
import { formatPolicy } from "../../authorization/policy-format.ts";
import { iamArn } from "../../base/arn.ts";
import { AwsError } from "../../base/errors.ts";
import { keyFacts } from "./conditions.ts";
import type { KmsKey } from "./model/key.ts";

/** AWS's quota of a key policy, in bytes. */
const mostBytes = 32_768;

/** Reads a key policy as a caller wrote it and returns what is stored of it. Throws for what AWS refuses (facts 12.2). */
export async function normalizeKeyPolicy(text: string, principals: Principals): Promise<string> {
  if (Buffer.byteLength(text, "utf8") > mostBytes)
    throw new AwsError(
      "LimitExceededException",
      `Policy document must not be longer than ${mostBytes} bytes`,
    );
  const document = parsePolicy(text, "key");
  return formatPolicy(await storedPolicy(document, principals, invalidPrincipal));
}

function invalidPrincipal(): AwsError {
  return new AwsError(
    "MalformedPolicyDocumentException",
    "Policy contains a statement with one or more invalid principals.",
  );
}

/** A key's policy as clients see it: principals that exist by their ARNs of today, others by what is left of them. */
export async function shownKeyPolicy(policy: string, principals: Principals): Promise<string> {
  return formatPolicy(await shownPolicy(parsePolicy(policy, "key"), principals));
}

/** Refuses a policy under which nobody like the caller could change the key's policy again, without bypassing this check. */
export function refuseLockout(policy: string, key: KmsKey, context: CallContext): void {
  const compiled = compileKeyPolicy(policy);
  const question = {
    action: "kms:PutKeyPolicy",
    resource: key.arn,
    resourceAccount: context.account,
    policies: { resource: { policy: compiled, trust: "key-policy" as const } },
    conditions: () => ({
      ...keyFacts(key, context),
      "kms:BypassPolicyLockoutSafetyCheck": false,
    }),
  };
  const { request, decision } = decideFor(context, question);
  if (decision.allowed) return;
  const root = {
    type: "Root" as const,
    arn: iamArn(context.account, "root"),
    account: context.account,
    userId: context.account,
  };
  const asRoot = decide(
    { ...request, principal: root },
    { identity: [], resource: question.policies.resource },
  );
  if (!asRoot.allowed)
    throw new AwsError(
      "MalformedPolicyDocumentException",
      "The new key policy will not allow you to update the key policy in the future.",
    );
}

/** Compiles a key policy's text. Throws MalformedPolicyDocumentException. */
export function compileKeyPolicy(text: string): CompiledPolicy {
  return compilePolicy(parsePolicy(text, "key"), { kind: "resource", name: "default" });
}

/** The only name that a key policy has. Throws NotFoundException for any other. */
export function requireDefaultPolicy(asked = "default"): string {
  if (asked !== "default") throw new AwsError("NotFoundException", "No such policy exists");
  return asked;
}
