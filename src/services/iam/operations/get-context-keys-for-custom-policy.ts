import { contextKeysOf } from "../../../authorization/policy-contents.ts";
import { parsePolicy } from "../../../authorization/policy-document.ts";
import { list, required, string, structure } from "../../../shape/shape.ts";
import * as member from "../model/members.ts";
import { defineOperation } from "../operation.ts";

/** Lists the condition keys that policies of the caller's ask for. */
export const getContextKeysForCustomPolicy = defineOperation({
  name: "GetContextKeysForCustomPolicy",
  readOnly: true,
  input: structure({ PolicyInputList: required(list(member.policyDocument)) }),
  output: structure({ ContextKeyNames: list(string()) }),
  identity: [{ action: "iam:GetContextKeysForCustomPolicy", resource: () => "*" }],
  keys: {},
  audit: { request: ["PolicyInputList"] },

  handle({ input }) {
    const documents = input.PolicyInputList.map((text) => parsePolicy(text, "identity"));
    return { output: { ContextKeyNames: contextKeysOf(documents) } };
  },
});
