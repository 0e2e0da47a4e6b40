import { AwsError } from "../../base/errors.ts";
import { list, string } from "../../shape/shape.ts";
import { quotaExceeded } from "./model/refusals.ts";
import type { IamTools } from "./operation.ts";

export const clientId = string({ min: 1, max: 255 });
export const clientIds = list(clientId);
export const thumbprints = list(string({ min: 40, max: 40 }));

/** AWS's quotas. */
const mostProviders = 100;
const mostClientIds = 100;
const mostThumbprints = 5;

/** The name of the provider of a URL: the URL without its scheme. Throws ValidationError for what is no issuer's. */
export function providerName(url: string): string {
  const parsed = URL.parse(url);
  const name = url.slice("https://".length);
  const plain = parsed !== null && `https://${parsed.host}${parsed.pathname}`;
  // The issuer in tokens is compared character by character, so nothing is put right here.
  if (plain !== url && plain !== `${url}/`)
    throw new AwsError("ValidationException", "Invalid Open ID Connect Provider URL");
  return name;
}

/** Refuses another provider in an account that has as many as it may have. Throws LimitExceeded. */
export async function requireRoomForProvider(
  account: string,
  { identities }: IamTools,
): Promise<void> {
  if ((await identities.count("provider", account)) >= mostProviders)
    throw quotaExceeded("OpenIdConnectProvidersPerAccount", mostProviders);
}

/** Client ids, each once. Throws LimitExceeded. */
export function distinctClientIds(ids: readonly string[]): readonly string[] {
  const distinct = [...new Set(ids)];
  if (distinct.length > mostClientIds)
    throw quotaExceeded("ClientIdsPerOpenIdConnectProvider", mostClientIds);
  return distinct;
}

/** Thumbprints of certificates: SHA-1 in hexadecimal digits. Throws InvalidInput. */
export function requireThumbprints(given: readonly string[]): readonly string[] {
  if (given.length > mostThumbprints)
    throw new AwsError(
      "InvalidInputException",
      `Thumbprint list must contain fewer than ${mostThumbprints} entries.`,
    );
  if (given.some((each) => !/^[\da-fA-F]{40}$/.test(each)))
    throw new AwsError("InvalidInputException", "Thumbprints must be 40 hexadecimal digits.");
  return given.map((each) => each.toLowerCase());
}
