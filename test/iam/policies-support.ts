import type { IAM } from "@aws-sdk/client-iam";

/** A policy that allows actions on everything. */
export function allowing(...actions: readonly string[]): string {
  return policyOf({ Effect: "Allow", Action: actions, Resource: "*" });
}

/** A policy of one or more statements. */
export function policyOf(...statements: readonly object[]): string {
  return JSON.stringify({ Version: "2012-10-17", Statement: statements });
}

/** A trust policy that lets principals assume a role. */
export function trusting(Principal: object, Action = "sts:AssumeRole"): string {
  return policyOf({ Effect: "Allow", Principal, Action });
}

/** A document as IAM answers it. */
export function decoded(document: string | undefined): unknown {
  return JSON.parse(decodeURIComponent(String(document)));
}

/** A new managed policy's ARN. */
export async function newPolicy(
  iam: IAM,
  PolicyName: string,
  PolicyDocument = allowing("iam:GetUser"),
): Promise<string> {
  const { Policy } = await iam.createPolicy({ PolicyName, PolicyDocument });
  return String(Policy?.Arn);
}
