import { auditAnswer } from "../../../audit/record-members.ts";
import { required, structure } from "../../../shape/shape.ts";
import { requestTags } from "../conditions.ts";
import { settingsAnswer } from "../model/answers.ts";
import * as member from "../model/members.ts";
import { trailExists } from "../model/refusals.ts";
import { withTags } from "../model/tags.ts";
import { setOf, trailArn, visibleIn } from "../model/trail.ts";
import { requireTrailName } from "../model/trail-names.ts";
import { changeTo, defineOperation, ownTrails } from "../operation.ts";
import { requireRoom } from "../room.ts";
import { admitted, requireSettings, withSettings } from "../settings.ts";
import { setVersion } from "../tables/trails.ts";

/** Creates a trail, which delivers nothing until it is started. */
export const createTrail = defineOperation({
  name: "CreateTrail",
  readOnly: false,
  input: structure({
    ...member.settings,
    Name: member.trailName,
    S3BucketName: required(member.text),
    TagsList: member.tags,
  }),
  output: member.settingsAnswer,
  identity: [
    {
      action: "cloudtrail:CreateTrail",
      resource: ({ Name }, { account, region }) =>
        trailArn({ account, homeRegion: region, name: Name }),
      conditions: ({ TagsList }) => requestTags(TagsList),
    },
    {
      action: "cloudtrail:AddTags",
      resource: ({ Name }, { account, region }) =>
        trailArn({ account, homeRegion: region, name: Name }),
      when: ({ TagsList = [] }) => TagsList.length > 0,
      conditions: ({ TagsList }) => requestTags(TagsList),
    },
  ],
  keys: {},
  changes: ownTrails,
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
      "TagsList",
    ],
    response: ({ output }) => auditAnswer(member.settingsAnswer, output),
  },

  async handle({ input, context, tools: { trails, targets, ids } }) {
    const { account, region } = context;
    requireTrailName(input.Name);
    requireSettings(input, context);
    const all = await trails.list(account);
    const set = setOf(all, account, region);
    if (visibleIn(all, region).some(({ name }) => name === input.Name))
      throw trailExists(input.Name, account);
    const fresh = {
      id: ids.uuid(),
      account,
      homeRegion: region,
      name: input.Name,
      bucket: input.S3BucketName,
      multiRegion: false,
      globalEvents: true,
      validation: false,
      tags: withTags({}, input.TagsList),
      logging: false,
      spans: [],
    };
    const asked = withSettings(fresh, input);
    requireRoom(all, asked);
    const trail = await admitted(asked, input.KmsKeyId, targets);
    return {
      output: settingsAnswer(trail),
      change: changeTo({ ...set, trails: [...set.trails, trail] }, await trails.domain(account)),
      relied: [...all.map(setVersion), setVersion(set)],
    };
  },
});
