import type { Operation, Thing } from "../../../api/operation.ts";
import { required, string, structure } from "../../../shape/shape.ts";

const input = structure({});
const output = structure({
  UserId: required(string()),
  Account: required(string()),
  Arn: required(string()),
});

/** Tells a caller who it is. Needs no permission: a policy cannot take it away (as on AWS). */
export const getCallerIdentity: Operation<
  object,
  { readonly UserId: string; readonly Account: string; readonly Arn: string },
  never,
  never,
  never,
  Thing,
  undefined
> = {
  name: "GetCallerIdentity",
  readOnly: true,
  input,
  output,
  keys: {},
  audit: { request: [] },
  handle({ context: { caller, account } }) {
    return {
      output: { UserId: caller.principal.userId, Account: account, Arn: caller.principal.arn },
    };
  },
};
