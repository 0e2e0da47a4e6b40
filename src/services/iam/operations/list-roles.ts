import { iamArn } from "../../../base/arn.ts";
import { list, required, structure } from "../../../shape/shape.ts";
import * as member from "../model/members.ts";
import { defineOperation } from "../operation.ts";
import { pageUnderPath } from "../path-pages.ts";
import { roleShape, roleSummary } from "../roles.ts";

/** Lists the roles of the account under a path, in the order of their names. */
export const listRoles = defineOperation({
  name: "ListRoles",
  readOnly: true,
  input: structure({
    PathPrefix: member.pathPrefix,
    Marker: member.marker,
    MaxItems: member.maxItems,
  }),
  output: structure({ Roles: required(list(roleShape)), ...member.page }),
  identity: [
    { action: "iam:ListRoles", resource: (_input, { account }) => iamArn(account, "role/") },
  ],
  keys: {},
  audit: { request: ["PathPrefix", "Marker", "MaxItems"] },

  async handle({ input, context: { account }, tools }) {
    const listed = { kind: "role", account, operation: "ListRoles" } as const;
    const { entries, page } = await pageUnderPath(tools.identities, listed, input);
    const Roles = await Promise.all(entries.map((role) => roleSummary(role, tools)));
    return { output: { Roles, ...page } };
  },
});
