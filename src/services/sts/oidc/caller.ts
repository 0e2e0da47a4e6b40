import type { Caller } from "../../../api/context.ts";
import type { TellCaller } from "../../../api/invoke.ts";
import type { IdentityProvider, SessionIdentities } from "../../../api/sessions.ts";
import { parseArn } from "../../../base/arn.ts";
import { AwsError } from "../../../base/errors.ts";
import { fromText } from "../../../shape/text.ts";
import { validate } from "../../../shape/validate.ts";
import { federationConditions } from "../credentials.ts";
import type { StsTools } from "../operation.ts";
import { requestedTraits } from "./claims.ts";
import type { Claims } from "./identity-tokens.ts";
import { claimedIssuer, invalid } from "./identity-tokens.ts";
import { webIdentityRequest } from "./request.ts";

/** Tells who sends an identity token: somebody whom an issuer vouches for that the role's account trusts. */
export function tellWebIdentity({ identities, identityTokens }: StsTools): TellCaller {
  return async (body, now) => {
    const input = validate(webIdentityRequest, fromText(webIdentityRequest, body));
    const { RoleArn: arn, WebIdentityToken: token, ProviderId } = input;
    const account = parseArn(arn)?.account;
    if (account === undefined) throw new AwsError("ValidationException", `${arn} is invalid`);
    if (ProviderId !== undefined)
      throw new AwsError(
        "ValidationException",
        "ProviderId is for OAuth 2.0 access tokens, which are not accepted.",
      );
    const claimed = claimedIssuer(token);
    const { issuer, provider } = await trustedProvider(account, claimed, identities);
    const claims = await identityTokens.verify(token, claimed, provider.clientIds, now);
    return webIdentityCaller(account, issuer, provider, claims);
  };
}

/** The provider of an issuer's URL. Only for such issuers is anything fetched. */
async function trustedProvider(
  account: string,
  url: string,
  { findProvider }: SessionIdentities,
): Promise<{ readonly issuer: string; readonly provider: IdentityProvider }> {
  const [, name = ""] = /^https:\/\/(.+)$/.exec(url) ?? [];
  for (const issuer of [name, name.replace(/\/$/, "")]) {
    const provider = await findProvider(account, issuer);
    if (provider !== undefined) return { issuer, provider };
  }
  throw invalid(`No OpenIDConnect provider found in your account for ${url}`);
}

function webIdentityCaller(
  account: string,
  issuer: string,
  { arn, version }: IdentityProvider,
  { subject, audience, all }: Claims,
): Caller {
  const federation = { provider: arn, issuer, subject, audience };
  const { amr, aud, azp } = all;
  return {
    principal: {
      type: "FederatedUser",
      arn,
      account,
      userId: `${issuer}:${audience}:${subject}`,
    },
    accessKeyId: "",
    identityPolicies: [],
    tags: {},
    versions: [version],
    federation: { ...federation, ...requestedTraits(all) },
    conditions: {
      // Nobody of the account calls: what policies demand of its principals is not met.
      "aws:PrincipalAccount": undefined,
      "aws:PrincipalArn": undefined,
      "aws:PrincipalType": undefined,
      "aws:userid": undefined,
      ...federationConditions(federation),
      [`${issuer}:amr`]: textsOf(amr),
      // Where the token names its authorized party, that one is `aud`, as on AWS.
      [`${issuer}:oaud`]: azp === undefined ? undefined : textsOf(aud),
    },
  };
}

function textsOf(claim: unknown): readonly string[] {
  const list: readonly unknown[] = Array.isArray(claim) ? claim : [claim];
  return list.filter((each) => typeof each === "string");
}
