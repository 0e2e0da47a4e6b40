import { AwsError } from "../../../base/errors.ts";
import { required, structure } from "../../../shape/shape.ts";
import { requestAnswer } from "../model/answers.ts";
import * as member from "../model/members.ts";
import { defineOperation, managedOrganization } from "../operation.ts";

/** Tells what came of a request to create an account. */
export const describeCreateAccountStatus = defineOperation({
  name: "DescribeCreateAccountStatus",
  readOnly: true,
  input: structure({ CreateAccountRequestId: required(member.requestId) }),
  output: structure({ CreateAccountStatus: required(member.createAccountStatus) }),
  identity: [{ action: "organizations:DescribeCreateAccountStatus", resource: () => "*" }],
  keys: {},
  audit: { request: ["CreateAccountRequestId"] },

  async handle({ input, context, tools }) {
    const { organization, versions } = await managedOrganization(context, tools);
    const request = organization.requests.find(({ id }) => id === input.CreateAccountRequestId);
    if (request === undefined)
      throw new AwsError(
        "CreateAccountStatusNotFoundException",
        "You specified a create account request that doesn't exist.",
      );
    return { output: { CreateAccountStatus: requestAnswer(request) }, relied: versions };
  },
});
