import { list, required, structure } from "../../../shape/shape.ts";
import { rootAnswer } from "../model/answers.ts";
import * as member from "../model/members.ts";
import { pageOf } from "../model/paging.ts";
import { defineOperation, managedOrganization } from "../operation.ts";

/** Lists the roots of the organization: there is one. */
export const listRoots = defineOperation({
  name: "ListRoots",
  readOnly: true,
  input: structure({ ...member.paging }),
  output: structure({ Roots: required(list(member.root)), ...member.pageEnd }),
  identity: [{ action: "organizations:ListRoots", resource: () => "*" }],
  keys: {},
  audit: { request: ["NextToken", "MaxResults"] },

  async handle({ input, context, tools }) {
    const { organization, versions } = await managedOrganization(context, tools);
    const roots = [rootAnswer(organization)];
    const { entries, page } = pageOf(roots, input, "ListRoots", ({ Id }) => Id);
    return { output: { Roots: entries, ...page }, relied: versions };
  },
});
