import { iamArn } from "../../../base/arn.ts";
import { list, required, structure } from "../../../shape/shape.ts";
import { groupAnswer } from "../model/answers.ts";
import * as member from "../model/members.ts";
import { defineOperation } from "../operation.ts";
import { pageUnderPath } from "../path-pages.ts";

/** Lists the groups of the account under a path, in the order of their names. */
export const listGroups = defineOperation({
  name: "ListGroups",
  readOnly: true,
  input: structure({
    PathPrefix: member.pathPrefix,
    Marker: member.marker,
    MaxItems: member.maxItems,
  }),
  output: structure({ Groups: required(list(member.group)), ...member.page }),
  identity: [
    { action: "iam:ListGroups", resource: (_input, { account }) => iamArn(account, "group/") },
  ],
  keys: {},
  audit: { request: ["PathPrefix", "Marker", "MaxItems"] },

  async handle({ input, context: { account }, tools }) {
    const listed = { kind: "group", account, operation: "ListGroups" } as const;
    const { entries, page } = await pageUnderPath(tools.identities, listed, input);
    return { output: { Groups: entries.map(groupAnswer), ...page } };
  },
});
