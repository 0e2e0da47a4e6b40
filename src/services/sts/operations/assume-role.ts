import type { CallContext } from "../../../api/context.ts";
import type { ConditionValues } from "../../../api/operation.ts";
import { tagConditions } from "../../../api/request-tags.ts";
import { auditAnswer } from "../../../audit/record-members.ts";
import { AwsError } from "../../../base/errors.ts";
import { integer, required, string, structure } from "../../../shape/shape.ts";
import { refuseMfa } from "../issue.ts";
import * as member from "../model/members.ts";
import type { TagRequest } from "../model/tags.ts";
import { sessionTags } from "../model/tags.ts";
import { defineOperation } from "../operation.ts";
import { startRoleSession } from "../role-session.ts";

const output = structure({
  Credentials: required(member.credentials),
  AssumedRoleUser: required(member.assumedRoleUser),
  PackedPolicySize: integer(),
  SourceIdentity: string(),
  ...member.tokenSizes,
});

interface Request extends TagRequest {
  readonly SourceIdentity?: string | undefined;
  readonly ExternalId?: string | undefined;
  readonly RoleSessionName: string;
}

/** Starts a session of a role, of whatever account, that its trust policy lets the caller assume. */
export const assumeRole = defineOperation({
  name: "AssumeRole",
  readOnly: true,
  input: structure({
    RoleArn: required(member.arn),
    RoleSessionName: required(member.roleSessionName),
    PolicyArns: member.policyArns,
    Policy: member.sessionPolicy,
    DurationSeconds: member.roleDuration,
    Tags: member.tags,
    TransitiveTagKeys: member.tagKeys,
    ExternalId: member.externalId,
    SerialNumber: member.serialNumber,
    TokenCode: member.tokenCode,
    SourceIdentity: member.sourceIdentity,
    MinimumSessionTokenSize: member.minimumTokenSize,
  }),
  output,
  keys: {
    role: {
      locate: ({ RoleArn }) => RoleArn,
      action: "sts:AssumeRole",
      further: furtherActions,
      crossAccount: true,
      conditions: requestConditions,
    },
  },
  audit: {
    request: [
      "RoleArn",
      "RoleSessionName",
      "PolicyArns",
      "Policy",
      "DurationSeconds",
      "Tags",
      "TransitiveTagKeys",
      "ExternalId",
      "SerialNumber",
      "SourceIdentity",
      "MinimumSessionTokenSize",
    ],
    response: (done) => auditAnswer(output, done.output),
  },

  handle({ input, context, keys: { role: thing }, tools }) {
    refuseMfa(input);
    const { session } = context.caller;
    const sourceIdentity = session?.sourceIdentity;
    if (sourceIdentity !== undefined && (input.SourceIdentity ?? sourceIdentity) !== sourceIdentity)
      throw new AwsError(
        "AccessDeniedException",
        "The source identity of the calling session cannot be changed.",
      );
    const traits = {
      ...sessionTags(input, session?.transitiveTags ?? {}),
      sourceIdentity: sourceIdentity ?? input.SourceIdentity,
    };
    return startRoleSession(thing.role, input, traits, context, tools);
  },
});

/** Permissions that tags and a source identity need, inherited ones too. */
function furtherActions(
  { Tags = [], SourceIdentity }: Request,
  { caller: { session } }: CallContext,
): readonly string[] {
  const tagged = Tags.length > 0 || Object.keys(session?.transitiveTags ?? {}).length > 0;
  const sourced = SourceIdentity !== undefined || session?.sourceIdentity !== undefined;
  return [...(tagged ? ["sts:TagSession"] : []), ...(sourced ? ["sts:SetSourceIdentity"] : [])];
}

function requestConditions({
  Tags,
  TransitiveTagKeys,
  ExternalId,
  RoleSessionName,
  SourceIdentity,
}: Request): ConditionValues {
  return {
    "sts:RoleSessionName": RoleSessionName,
    "sts:ExternalId": ExternalId,
    ...(SourceIdentity === undefined ? {} : { "sts:SourceIdentity": SourceIdentity }),
    "sts:TransitiveTagKeys": TransitiveTagKeys,
    ...tagConditions(Tags),
  };
}
