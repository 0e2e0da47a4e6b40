import { required, structure } from "../../../shape/shape.ts";
import { accountOf } from "../model/accounts.ts";
import { accountAnswer } from "../model/answers.ts";
import * as member from "../model/members.ts";
import { defineOperation } from "../operation.ts";

/** Describes an account of the organization. */
export const describeAccount = defineOperation({
  name: "DescribeAccount",
  readOnly: true,
  input: structure({ AccountId: required(member.accountId) }),
  output: structure({ Account: required(member.account) }),
  keys: {
    account: {
      role: "account",
      locate: ({ AccountId }) => AccountId,
      action: "organizations:DescribeAccount",
      crossAccount: false,
    },
  },
  audit: { request: ["AccountId"] },
  handle: ({
    keys: {
      account: { organization, id },
    },
  }) => ({ output: { Account: accountAnswer(organization, accountOf(organization, id)) } }),
});
