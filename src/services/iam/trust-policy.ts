import type { Principals } from "../../api/principals.ts";
import { shownPolicy, storedPolicy } from "../../api/principals.ts";
import type { PolicyDocument } from "../../authorization/policy-document.ts";
import { parsePolicy } from "../../authorization/policy-document.ts";
import { listOf } from "../../authorization/policy-members.ts";
import { parseArn } from "../../base/arn.ts";
import type { AwsError } from "../../base/errors.ts";
import { requireSize } from "./model/documents.ts";
import { entityArn } from "./model/identity.ts";
import { inIamWords, malformedPolicy } from "./model/policy-refusals.ts";
import { policySizes } from "./model/quotas.ts";
import type { IamTools } from "./operation.ts";
import { principalsFrom } from "./principals.ts";

/** Reads a trust policy as a caller wrote it and returns what is stored of it. Throws MalformedPolicyDocument, LimitExceeded. */
export async function normalizeTrustPolicy(
  text: string,
  { identities }: Pick<IamTools, "identities">,
): Promise<string> {
  const document = inIamWords(text, "trust", () => parsePolicy(text, "trust"));
  requireSize(text, "ACLSizePerRole", policySizes.trust);
  refuseActions(document);
  await refuseProviders(document, identities);
  const refuse = (principal: string) => invalidPrincipal("AWS", principal);
  return JSON.stringify(await storedPolicy(document, principalsFrom(identities), refuse));
}

/** A role's trust policy as clients see it. */
export async function shownTrustPolicy(text: string, principals: Principals): Promise<string> {
  return JSON.stringify(await shownPolicy(parsePolicy(text, "trust"), principals));
}

function refuseActions({ Statement }: PolicyDocument): void {
  const actions = Statement.flatMap((each) => listOf(each.Action ?? each.NotAction));
  if (!actions.every((action) => action.toLowerCase().startsWith("sts:")))
    throw malformedPolicy("AssumeRole policy may only specify STS AssumeRole actions.");
}

/** Issuers that are named by ARN must be registered; those with a name of their own, such as accounts.google.com, need not. */
async function refuseProviders(
  { Statement }: PolicyDocument,
  identities: IamTools["identities"],
): Promise<void> {
  const named = Statement.flatMap(({ Principal }) => listOf(Principal?.Federated));
  for (const principal of named.filter((each) => each.startsWith("arn:"))) {
    const arn = parseArn(principal);
    const name = arn?.resource.replace(/^oidc-provider\//, "") ?? "";
    const found = await identities.find("provider", arn?.account ?? "", name);
    if (found === undefined || entityArn("provider", found) !== principal)
      throw invalidPrincipal("FEDERATED", principal);
  }
}

function invalidPrincipal(kind: string, principal: string): AwsError {
  return malformedPolicy(`Invalid principal in policy: "${kind}":"${principal}"`);
}
