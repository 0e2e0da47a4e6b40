import { list, required, string, structure } from "../../../shape/shape.ts";
import * as member from "../model/members.ts";
import { pageOf } from "../model/paging.ts";
import { defineOperation } from "../operation.ts";

/** Lists the parents of an account: the root. */
export const listParents = defineOperation({
  name: "ListParents",
  readOnly: true,
  input: structure({ ChildId: required(member.childId), ...member.paging }),
  output: structure({
    Parents: required(list(structure({ Id: string(), Type: string() }))),
    ...member.pageEnd,
  }),
  keys: {
    child: {
      role: "child",
      locate: ({ ChildId }) => ChildId,
      action: "organizations:ListParents",
      crossAccount: false,
    },
  },
  audit: { request: ["ChildId", "NextToken", "MaxResults"] },

  handle({ input, keys: { child } }) {
    const roots = [child.organization.rootId];
    const { entries, page } = pageOf(roots, input, `ListParents ${child.id}`, (id) => id);
    return { output: { Parents: entries.map((Id) => ({ Id, Type: "ROOT" })), ...page } };
  },
});
