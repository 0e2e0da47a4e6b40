import { list, required, string, structure } from "../../../shape/shape.ts";
import * as member from "../model/members.ts";
import { pageOf } from "../model/paging.ts";
import { defineOperation } from "../operation.ts";

/** Lists the accounts under the root; there are no organizational units. */
export const listChildren = defineOperation({
  name: "ListChildren",
  readOnly: true,
  input: structure({
    ParentId: required(member.parentId),
    ChildType: required(member.childType),
    ...member.paging,
  }),
  output: structure({
    Children: required(list(structure({ Id: string(), Type: string() }))),
    ...member.pageEnd,
  }),
  keys: {
    parent: {
      role: "parent",
      locate: ({ ParentId }) => ParentId,
      action: "organizations:ListChildren",
      crossAccount: false,
    },
  },
  audit: { request: ["ParentId", "ChildType", "NextToken", "MaxResults"] },

  handle({ input, keys: { parent } }) {
    const { ChildType: Type } = input;
    const ids = Type === "ACCOUNT" ? parent.organization.accounts.map(({ id }) => id) : [];
    const { entries, page } = pageOf(ids, input, `ListChildren ${Type}`, (id) => id);
    return { output: { Children: entries.map((Id) => ({ Id, Type })), ...page } };
  },
});
