import { auditAnswer } from "../../../audit/record-members.ts";
import { structure } from "../../../shape/shape.ts";
import { settingsAnswer } from "../model/answers.ts";
import * as member from "../model/members.ts";
import { changed, defineOperation, found } from "../operation.ts";
import { requireRoom } from "../room.ts";
import { admitted, requireSettings, withSettings } from "../settings.ts";
import { setVersion } from "../tables/trails.ts";

/** Changes settings of a trail; what a request leaves out stays. */
export const updateTrail = defineOperation({
  name: "UpdateTrail",
  readOnly: false,
  input: structure({ Name: member.trailName, ...member.settings }),
  output: member.settingsAnswer,
  keys: {
    trail: {
      locate: ({ Name }) => Name,
      action: "cloudtrail:UpdateTrail",
      crossAccount: false,
      atHome: true,
    },
  },
  audit: {
    request: [
      "Name",
      "S3BucketName",
      "S3KeyPrefix",
      "SnsTopicName",
      "IncludeGlobalServiceEvents",
      "IsMultiRegionTrail",
      "EnableLogFileValidation",
      "CloudWatchLogsLogGroupArn",
      "CloudWatchLogsRoleArn",
      "KmsKeyId",
      "IsOrganizationTrail",
      "RecursiveLogging",
    ],
    response: ({ output }) => auditAnswer(member.settingsAnswer, output),
  },

  async handle({ input, context, keys: { trail: thing }, tools: { targets } }) {
    requireSettings(input, context);
    const before = found(thing);
    const asked = withSettings(before, input);
    requireRoom(thing.all, asked);
    const next = await admitted(asked, input.KmsKeyId, targets);
    return {
      ...changed(thing, next, settingsAnswer(next)),
      relied: thing.all.map(setVersion),
    };
  },
});
