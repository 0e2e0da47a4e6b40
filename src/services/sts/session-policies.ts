import type { SessionIdentities } from "../../api/sessions.ts";
import { parsePolicy } from "../../authorization/policy-document.ts";
import { AwsError } from "../../base/errors.ts";
import type { VersionRef } from "../../database/commit.ts";
import type { SessionContent } from "./session-token.ts";

/** What a request says that limits its session. */
export interface PolicyRequest {
  readonly Policy?: string | undefined;
  readonly PolicyArns?: readonly { readonly arn?: string | undefined }[] | undefined;
}

/** What a token says of the session's policies, and the versions on which it rests that they exist. */
export interface SessionPolicies {
  readonly content: Pick<SessionContent, "policy" | "policyArns">;
  readonly relied: readonly VersionRef[];
}

/** Reads the policies of a new session. Throws MalformedPolicyDocument, ValidationError. */
export async function readSessionPolicies(
  { Policy: policy, PolicyArns = [] }: PolicyRequest,
  account: string,
  { findSessionPolicy }: Pick<SessionIdentities, "findSessionPolicy">,
): Promise<SessionPolicies> {
  if (policy !== undefined) parsePolicy(policy, "session");
  const policyArns = PolicyArns.map(({ arn = "" }) => arn);
  const relied: VersionRef[] = [];
  for (const arn of policyArns) {
    const found = await findSessionPolicy(account, arn);
    if (found === undefined)
      throw new AwsError(
        "ValidationException",
        `Policy ${arn} does not exist or is not attachable.`,
      );
    relied.push(...found.versions);
  }
  return {
    content: {
      ...(policy === undefined ? {} : { policy }),
      ...(policyArns.length === 0 ? {} : { policyArns }),
    },
    relied,
  };
}

/** Bytes that session policies and tags may take in a token: a header of 16 KiB must hold it. */
const mostPacked = 6_144;

/** How much of the room in the token session policies and tags take, in percent. Throws PackedPolicyTooLarge. */
export function packedSize({
  policy,
  policyArns,
  tags = {},
  transitiveTags = {},
}: Partial<SessionContent>): number | undefined {
  const hasTags = Object.keys(tags).length > 0;
  if (policy === undefined && policyArns === undefined && !hasTags) return undefined;
  const packed = JSON.stringify({ policy, policyArns, tags, transitiveTags });
  const percent = Math.ceil((Buffer.byteLength(packed, "utf8") / mostPacked) * 100);
  if (percent > 100)
    throw new AwsError(
      "PackedPolicyTooLargeException",
      hasTags
        ? `Packed size of session tags consumes ${percent}% of allotted space.`
        : `Packed policy consumes ${percent}% of allotted space, please use smaller policy.`,
    );
  return percent;
}
