import { iamArn } from "../../../base/arn.ts";
import { list, required, structure } from "../../../shape/shape.ts";
import { userSummary } from "../model/answers.ts";
import * as member from "../model/members.ts";
import { pageOf } from "../model/paging.ts";
import { defineOperation } from "../operation.ts";

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
    const { PathPrefix = "/" } = input;
    const users = await tools.identities.list("user", account);
    const { entries, page } = pageOf(
      users.filter(({ path }) => path.startsWith(PathPrefix)),
      input,
      `ListUsers ${PathPrefix}`,
      ({ name }) => name,
    );
    return { output: { Users: entries.map(userSummary), ...page } };
  },
});
