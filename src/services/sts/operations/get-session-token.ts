import { auditAnswer } from "../../../audit/record-members.ts";
import { AwsError } from "../../../base/errors.ts";
import { required, structure } from "../../../shape/shape.ts";
import { issueCredentials, refuseMfa } from "../issue.ts";
import * as member from "../model/members.ts";
import { defineOperation } from "../operation.ts";

const output = structure({ Credentials: required(member.credentials), ...member.tokenSizes });
const usualSeconds = 43_200;
const longestOfRoot = 3_600;

/** Gives a user temporary credentials of its own. Needs no permission, as on AWS. */
export const getSessionToken = defineOperation({
  name: "GetSessionToken",
  readOnly: true,
  input: structure({
    DurationSeconds: member.userDuration,
    SerialNumber: member.serialNumber,
    TokenCode: member.tokenCode,
    MinimumSessionTokenSize: member.minimumTokenSize,
  }),
  output,
  keys: {},
  audit: {
    request: ["DurationSeconds", "SerialNumber", "MinimumSessionTokenSize"],
    response: (done) => auditAnswer(output, done.output),
  },

  async handle({ input, context, tools }) {
    const { session, principal } = context.caller;
    if (session !== undefined)
      throw new AwsError(
        "AccessDeniedException",
        "Cannot call GetSessionToken with session credentials",
      );
    refuseMfa(input);
    const { DurationSeconds: asked = usualSeconds } = input;
    const seconds = principal.type === "Root" ? Math.min(asked, longestOfRoot) : asked;
    const whose = { kind: "user", owner: principal.userId } as const;
    const wanted = { seconds, tokenSize: input.MinimumSessionTokenSize };
    return { output: await issueCredentials(principal.account, whose, wanted, context, tools) };
  },
});
