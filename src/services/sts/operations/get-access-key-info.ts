import { AwsError } from "../../../base/errors.ts";
import { required, string, structure } from "../../../shape/shape.ts";
import { refuseUserSession } from "../callers.ts";
import { defineOperation } from "../operation.ts";

/** Tells the account of a long-term access key. Of temporary ones nothing is stored. */
export const getAccessKeyInfo = defineOperation({
  name: "GetAccessKeyInfo",
  readOnly: true,
  input: structure({
    AccessKeyId: required(string({ min: 16, max: 128, pattern: /[\w]*/ })),
  }),
  output: structure({ Account: required(string()) }),
  identity: [{ action: "sts:GetAccessKeyInfo", resource: () => "*" }],
  keys: {},
  audit: { request: ["AccessKeyId"] },

  async handle({ input: { AccessKeyId: id }, context, tools }) {
    refuseUserSession("GetAccessKeyInfo", context);
    const account = await tools.identities.findAccessKeyAccount(id);
    if (account === undefined)
      throw new AwsError("ValidationException", `There is no access key with the id ${id}`);
    return { output: { Account: account } };
  },
});
