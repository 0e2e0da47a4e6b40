import type { CallContext } from "../../api/context.ts";
import type { Outcome } from "../../api/operation.ts";
import type { Federation, SessionRole } from "../../api/sessions.ts";
import { AwsError } from "../../base/errors.ts";
import type { Issued } from "./issue.ts";
import { issueCredentials } from "./issue.ts";
import { sessionArn } from "./model/names.ts";
import type { SessionTags } from "./model/tags.ts";
import type { StsTools } from "./operation.ts";
import type { PolicyRequest } from "./session-policies.ts";
import { packedSize, readSessionPolicies } from "./session-policies.ts";

const usualSeconds = 3_600;
/** The longest session that another one may start. */
const longestChained = 3_600;

/** What a request says of the session of a role. */
export interface RoleSessionRequest extends PolicyRequest {
  readonly RoleSessionName: string;
  readonly DurationSeconds?: number | undefined;
  readonly MinimumSessionTokenSize?: number | undefined;
}

/** What else a session gets. */
export interface RoleSessionTraits extends SessionTags {
  readonly sourceIdentity: string | undefined;
  readonly federation?: Federation;
}

interface RoleSession extends Issued {
  readonly AssumedRoleUser: { readonly AssumedRoleId: string; readonly Arn: string };
  readonly PackedPolicySize: number | undefined;
  readonly SourceIdentity: string | undefined;
}

/** Starts a session of a role that the caller may assume. */
export async function startRoleSession(
  role: SessionRole,
  request: RoleSessionRequest,
  { tags, transitive, sourceIdentity, federation }: RoleSessionTraits,
  context: CallContext,
  tools: StsTools,
): Promise<Outcome<RoleSession>> {
  const seconds = readDuration(request.DurationSeconds, role, context);
  const name = request.RoleSessionName;
  const policies = await readSessionPolicies(request, role.account, tools.identities);
  const content = {
    ...policies.content,
    ...(Object.keys(tags).length === 0 ? {} : { tags }),
    ...(Object.keys(transitive).length === 0 ? {} : { transitiveTags: transitive }),
    ...(sourceIdentity === undefined ? {} : { sourceIdentity }),
    ...(federation === undefined ? {} : { federation }),
  };
  const PackedPolicySize = packedSize(content);
  const asked = { kind: "role" as const, owner: role.id, name, ...content };
  const wanted = { seconds, tokenSize: request.MinimumSessionTokenSize };
  return {
    output: {
      ...(await issueCredentials(role.account, asked, wanted, context, tools)),
      AssumedRoleUser: { AssumedRoleId: `${role.id}:${name}`, Arn: sessionArn(role, name) },
      PackedPolicySize,
      SourceIdentity: sourceIdentity,
    },
    relied: policies.relied,
  };
}

function readDuration(
  asked: number | undefined,
  { longestSession }: SessionRole,
  { caller }: CallContext,
): number {
  if (caller.session?.role !== undefined && asked !== undefined && asked > longestChained)
    throw new AwsError(
      "ValidationException",
      "The requested DurationSeconds exceeds the 1 hour session limit for roles assumed by role chaining.",
    );
  if (asked !== undefined && asked > longestSession)
    throw new AwsError(
      "ValidationException",
      "The requested DurationSeconds exceeds the MaxSessionDuration set for this role.",
    );
  return asked ?? usualSeconds;
}
