import { tagConditions } from "../../../api/request-tags.ts";
import { auditAnswer } from "../../../audit/record-members.ts";
import { AwsError } from "../../../base/errors.ts";
import { integer, required, structure } from "../../../shape/shape.ts";
import { issueCredentials } from "../issue.ts";
import * as member from "../model/members.ts";
import { federatedUserArn } from "../model/names.ts";
import { sessionTags } from "../model/tags.ts";
import { defineOperation } from "../operation.ts";
import { packedSize, readSessionPolicies } from "../session-policies.ts";

const output = structure({
  Credentials: required(member.credentials),
  FederatedUser: required(member.federatedUser),
  PackedPolicySize: integer(),
  ...member.tokenSizes,
});
const usualSeconds = 43_200;
const longestOfRoot = 3_600;

/** Gives somebody for whom a user vouches what session policies leave of the user's own permissions. */
export const getFederationToken = defineOperation({
  name: "GetFederationToken",
  readOnly: true,
  input: structure({
    Name: required(member.federatedName),
    Policy: member.sessionPolicy,
    PolicyArns: member.policyArns,
    DurationSeconds: member.userDuration,
    Tags: member.tags,
    MinimumSessionTokenSize: member.minimumTokenSize,
  }),
  output,
  identity: [
    {
      action: "sts:GetFederationToken",
      resource: ({ Name }, { account }) => federatedUserArn(account, Name),
      conditions: ({ Tags }) => tagConditions(Tags),
    },
    {
      action: "sts:TagSession",
      resource: ({ Name }, { account }) => federatedUserArn(account, Name),
      when: ({ Tags = [] }) => Tags.length > 0,
      conditions: ({ Tags }) => tagConditions(Tags),
    },
  ],
  keys: {},
  audit: {
    request: ["Name", "Policy", "PolicyArns", "DurationSeconds", "Tags", "MinimumSessionTokenSize"],
    response: (done) => auditAnswer(output, done.output),
  },

  async handle({ input, context, tools }) {
    const { session, principal } = context.caller;
    if (session !== undefined)
      throw new AwsError(
        "AccessDeniedException",
        "Cannot call GetFederationToken with session credentials",
      );
    const { Name: name, DurationSeconds: asked = usualSeconds } = input;
    const { account, userId: owner } = principal;
    const { tags } = sessionTags(input, {});
    const policies = await readSessionPolicies(input, account, tools.identities);
    const content = { ...policies.content, ...(Object.keys(tags).length === 0 ? {} : { tags }) };
    const whose = { kind: "federated", owner, name, ...content } as const;
    const seconds = principal.type === "Root" ? Math.min(asked, longestOfRoot) : asked;
    const wanted = { seconds, tokenSize: input.MinimumSessionTokenSize };
    return {
      output: {
        ...(await issueCredentials(account, whose, wanted, context, tools)),
        FederatedUser: {
          FederatedUserId: `${account}:${name}`,
          Arn: federatedUserArn(account, name),
        },
        PackedPolicySize: packedSize(content) ?? 0,
      },
      relied: policies.relied,
    };
  },
});
