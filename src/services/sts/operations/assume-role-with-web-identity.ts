import type { CallContext } from "../../../api/context.ts";
import type { Federation } from "../../../api/sessions.ts";
import { auditAnswer } from "../../../audit/record-members.ts";
import { integer, required, string, structure } from "../../../shape/shape.ts";
import * as member from "../model/members.ts";
import { sessionTags } from "../model/tags.ts";
import { webIdentityRequest } from "../oidc/request.ts";
import { defineOperation } from "../operation.ts";
import { startRoleSession } from "../role-session.ts";

const output = structure({
  Credentials: required(member.credentials),
  SubjectFromWebIdentityToken: string(),
  AssumedRoleUser: required(member.assumedRoleUser),
  PackedPolicySize: integer(),
  Provider: string(),
  Audience: string(),
  SourceIdentity: string(),
  ...member.tokenSizes,
});

/** Starts a session of a role for somebody whom an issuer of identity tokens vouches for. Not signed: the token tells the caller. */
export const assumeRoleWithWebIdentity = defineOperation({
  name: "AssumeRoleWithWebIdentity",
  readOnly: true,
  input: webIdentityRequest,
  output,
  keys: {
    role: {
      locate: ({ RoleArn }) => RoleArn,
      action: "sts:AssumeRoleWithWebIdentity",
      further: furtherActions,
      crossAccount: false,
      conditions: ({ RoleSessionName }) => ({ "sts:RoleSessionName": RoleSessionName }),
    },
  },
  audit: {
    request: [
      "RoleArn",
      "RoleSessionName",
      "PolicyArns",
      "Policy",
      "DurationSeconds",
      "ProviderId",
      "MinimumSessionTokenSize",
    ],
    response: (done) => auditAnswer(output, done.output),
  },

  async handle({ input, context, keys: { role: thing }, tools }) {
    const { tags, sourceIdentity, ...federation } = federationOf(context);
    const traits = { ...sessionTags(tags ?? {}, {}), sourceIdentity, federation };
    const outcome = await startRoleSession(thing.role, input, traits, context, tools);
    return {
      ...outcome,
      output: {
        ...outcome.output,
        SubjectFromWebIdentityToken: federation.subject,
        Provider: federation.provider,
        Audience: federation.audience,
      },
    };
  },
});

/** INVARIANT: the pipeline has the caller of this operation from its token alone. */
function federationOf({ caller: { federation } }: CallContext): Federation {
  if (federation === undefined) throw new TypeError("the caller came without an identity token");
  return federation;
}

function furtherActions(_input: unknown, { caller: { federation } }: CallContext) {
  return [
    ...(federation?.tags === undefined ? [] : ["sts:TagSession"]),
    ...(federation?.sourceIdentity === undefined ? [] : ["sts:SetSourceIdentity"]),
  ];
}
