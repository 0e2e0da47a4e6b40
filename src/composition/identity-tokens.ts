import type { IdentityTokensConfig } from "../config.ts";
import type { Log } from "../server/log.ts";
import { documentFetcher } from "../services/sts/oidc/documents.ts";
import { IdentityTokens } from "../services/sts/oidc/identity-tokens.ts";
import { readCertificates } from "./certificates.ts";

const timeout = 5_000;

/** The verification of identity tokens, from the issuers that the operator allows. Throws OperatorError. */
export function openIdentityTokens(
  { hosts, caFile }: IdentityTokensConfig,
  log: Log,
): IdentityTokens {
  const ca = caFile === undefined ? undefined : readCertificates(caFile).pem;
  const fetch = documentFetcher({ hosts, ca, timeout });
  return new IdentityTokens(fetch, (issuer, error) =>
    log("warn", "an issuer of identity tokens cannot be asked for its keys", { issuer, error }),
  );
}
