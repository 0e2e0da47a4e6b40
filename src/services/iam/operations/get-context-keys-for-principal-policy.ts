import { contextKeysOf } from "../../../authorization/policy-contents.ts";
import { parsePolicy } from "../../../authorization/policy-document.ts";
import { list, required, string, structure } from "../../../shape/shape.ts";
import * as member from "../model/members.ts";
import { defineOperation } from "../operation.ts";
import { policiesOf } from "../policies-of.ts";

/** Lists the condition keys that the policies of a user, group or role ask for, and those of the caller's beside them. */
export const getContextKeysForPrincipalPolicy = defineOperation({
  name: "GetContextKeysForPrincipalPolicy",
  readOnly: true,
  input: structure({
    PolicySourceArn: required(member.arn),
    PolicyInputList: list(member.policyDocument),
  }),
  output: structure({ ContextKeyNames: list(string()) }),
  identity: [
    {
      action: "iam:GetContextKeysForPrincipalPolicy",
      resource: ({ PolicySourceArn }) => PolicySourceArn,
    },
  ],
  keys: {},
  audit: { request: ["PolicySourceArn", "PolicyInputList"] },

  async handle({ input, context: { account }, tools }) {
    const own = await policiesOf(input.PolicySourceArn, account, tools);
    const texts = [...own.map(({ document }) => document), ...(input.PolicyInputList ?? [])];
    const documents = texts.map((text) => parsePolicy(text, "identity"));
    return { output: { ContextKeyNames: contextKeysOf(documents) } };
  },
});
