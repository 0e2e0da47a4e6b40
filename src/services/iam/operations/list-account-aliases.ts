import { list, required, string, structure } from "../../../shape/shape.ts";
import * as member from "../model/members.ts";
import { pageOf } from "../model/paging.ts";
import { defineOperation } from "../operation.ts";
import { readAccount } from "../reading.ts";

/** Lists the alias of the account, of which there is one at most. */
export const listAccountAliases = defineOperation({
  name: "ListAccountAliases",
  readOnly: true,
  input: structure({ Marker: member.marker, MaxItems: member.maxItems }),
  output: structure({ AccountAliases: required(list(string())), ...member.page }),
  identity: [{ action: "iam:ListAccountAliases", resource: () => "*" }],
  keys: {},
  audit: { request: ["Marker", "MaxItems"] },

  async handle({ input, context, tools }) {
    const { alias } = (await readAccount(context.account, tools)).account;
    const aliases = alias === undefined ? [] : [alias];
    const { entries, page } = pageOf(aliases, input, "ListAccountAliases", (each) => each);
    return { output: { AccountAliases: entries, ...page } };
  },
});
