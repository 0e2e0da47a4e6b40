import { iamArn } from "../../../base/arn.ts";
import { list, required, structure } from "../../../shape/shape.ts";
import { userSummary } from "../model/answers.ts";
import * as member from "../model/members.ts";
import { defineOperation } from "../operation.ts";
import { pageUnderPath } from "../path-pages.ts";

/** Lists the users of the account under a path, in the order of their names. */
export const listUsers = defineOperation({
  name: "ListUsers",
  readOnly: true,
  input: structure({
    PathPrefix: member.pathPrefix,
    Marker: member.marker,
    MaxItems: member.maxItems,
  }),
  output: structure({ Users: required(list(member.user)), ...member.page }),
  identity: [
    { action: "iam:ListUsers", resource: (_input, { account }) => iamArn(account, "user/") },
  ],
  keys: {},
  audit: { request: ["PathPrefix", "Marker", "MaxItems"] },

  async handle({ input, context: { account }, tools }) {
    const listed = { kind: "user", account, operation: "ListUsers" } as const;
    const { entries, page } = await pageUnderPath(tools.identities, listed, input);
    return { output: { Users: entries.map(userSummary), ...page } };
  },
});
